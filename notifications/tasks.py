"""What django-q's workers run."""

from notifications.actions import deliver as notification_deliver


def deliver(items: list[tuple[int, int]]) -> None:
    """Send these notifications, each named with the count of attempts made so far."""
    notification_deliver.deliver(items)
