"""The service of the portal itself, whose incidents are what it notices of its own work."""

from incidents.models import Service

PORTAL_SERVICE = "OpsPortal"


def portal_service() -> Service:
    """The service of the portal's own incidents; made when it is first needed."""
    service, _ = Service.objects.get_or_create(
        name=PORTAL_SERVICE,
        defaults={"description": "The portal itself: it watches over itself here."},
    )
    return service
