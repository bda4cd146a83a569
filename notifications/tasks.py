"""What django-q's workers run."""

from notifications import verbs


def deliver(items: list[tuple[int, int]]) -> None:
    """Send these notifications, each named with the count of attempts made so far."""
    verbs.deliver(items)
