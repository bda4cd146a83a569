"""Django-Q's queues. A task always names its queue: the default is that of whoever asks."""

SENDERS = "opsportal"  # Notifications, and whatever else may wait for somebody else's server.
TIMERS = "timers"  # What is due at a moment. Nothing here talks to the network.
