"""Django-Q's queues. A task always names its queue: the default is that of whoever asks."""

from django.conf import settings

SENDERS = "opsportal"  # Notifications, and whatever else may wait for somebody else's server.
TIMERS = "timers"  # What is due at a moment. Nothing here talks to the network.

# More queues that the senders work on: heartbeats of processes go first, announcements after what
# pages, and what may take many seconds last, by all workers but one: the other one is for pages.
FIRST, LATER, BACKGROUND = "opsportal_first", "opsportal_later", "opsportal_background"
# In this order the senders take what waits.
PRIORITIES = (FIRST, SENDERS, LATER, BACKGROUND)
SEPARATOR = "@"


def of_node(queue: str) -> str:
    """The queue of which this node alone takes tasks: heartbeats, which prove that it does."""
    return f"{queue}{SEPARATOR}{settings.NODE}"


def shared(queue: str) -> str:
    """The queue of all nodes with the same workers."""
    return queue.partition(SEPARATOR)[0]
