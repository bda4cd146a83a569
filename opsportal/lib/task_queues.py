"""Django-Q's queues. A task always names its queue: the default is that of whoever asks."""

SENDERS = "opsportal"  # Notifications, and whatever else may wait for somebody else's server.
TIMERS = "timers"  # What is due at a moment. Nothing here talks to the network.

# Two more queues that the senders work on: signs of life go first, announcements last.
FIRST, LATER = "opsportal_first", "opsportal_later"
# In this order the senders take what waits.
PRIORITIES = (FIRST, SENDERS, LATER)
