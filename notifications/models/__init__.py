from notifications.models.contact_method import ContactMethod, Rule, channel_choices
from notifications.models.lane import Lane
from notifications.models.notification import Attempt, Notification
from notifications.models.shared_channel import CatchAll, ServiceNotificationSettings, SharedChannel

__all__ = [
    "Attempt",
    "CatchAll",
    "ContactMethod",
    "Lane",
    "Notification",
    "Rule",
    "ServiceNotificationSettings",
    "SharedChannel",
    "channel_choices",
]
