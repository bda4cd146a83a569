"""What django-q's workers run."""

from notifications import verbs


def deliver(items: list[tuple[int, int]]) -> None:
    """Send these notifications, each named with the count of attempts made so far."""
    verbs.deliver(items)


def announce() -> None:
    """Tell of what has happened to incidents since it was last told."""
    verbs.announce()
