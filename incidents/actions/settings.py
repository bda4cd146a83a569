"""Plain settings of people and services."""

from incidents.models import ConferenceBridge, Service, User


def save_service(service: Service) -> Service:
    """A new or changed service; its form has checked it."""
    service.save()
    return service


def save_bridge(bridge: ConferenceBridge) -> ConferenceBridge:
    """A new or changed bridge; its form has checked it."""
    bridge.save()
    return bridge


def change_profile(user: User) -> User:
    """What people may say about themselves: their name, time zone, language and number."""
    user.save(update_fields=["name", "time_zone", "language", "phone"])
    return user
