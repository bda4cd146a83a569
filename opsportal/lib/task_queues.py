"""Django-Q's queues. A task always names its queue: the default is that of whoever asks."""

from django.conf import settings

SENDERS = "opsportal"  # Notifications, and whatever else may wait for somebody else's server.
TIMERS = "timers"  # What is due at a moment. Nothing here talks to the network.

# Two more queues that the senders work on: signs of life go first, announcements last.
FIRST, LATER = "opsportal_first", "opsportal_later"
# In this order the senders take what waits.
PRIORITIES = (FIRST, SENDERS, LATER)
SEPARATOR = "@"


def of_node(queue: str) -> str:
    """The queue of which this node alone takes tasks: signs of life, which prove that it does."""
    return f"{queue}{SEPARATOR}{settings.NODE}"


def shared(queue: str) -> str:
    """The queue of all nodes with the same workers."""
    return queue.partition(SEPARATOR)[0]
