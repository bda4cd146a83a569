from notifications.models.contact_method import ContactMethod, Rule, channel_choices
from notifications.models.follow_up import FollowUp
from notifications.models.lane import Lane
from notifications.models.message_update import MessageUpdate
from notifications.models.notification import Attempt, EarlyReceipt, Notification
from notifications.models.provider import Provider
from notifications.models.push_key import PushKey
from notifications.models.received_reply import ReceivedReply
from notifications.models.shared_channel import CatchAll, ServiceNotificationSettings, SharedChannel
from notifications.models.team_test import TeamTest

__all__ = [
    "Attempt",
    "CatchAll",
    "ContactMethod",
    "EarlyReceipt",
    "FollowUp",
    "Lane",
    "MessageUpdate",
    "Notification",
    "Provider",
    "PushKey",
    "ReceivedReply",
    "Rule",
    "ServiceNotificationSettings",
    "SharedChannel",
    "TeamTest",
    "channel_choices",
]
