from notifications.models.contact_method import ContactMethod, Rule, channel_choices
from notifications.models.follow_up import FollowUp
from notifications.models.lane import Lane
from notifications.models.message_template import MessageTemplate
from notifications.models.message_update import MessageUpdate
from notifications.models.notification import Attempt, EarlyReceipt, Notification
from notifications.models.outbound import OutboundMethod, OutboundService
from notifications.models.outbound_delivery import OutboundDelivery, OutboundExchange, Ticket
from notifications.models.provider import Provider
from notifications.models.push_key import PushKey
from notifications.models.rate_bucket import RateBucket
from notifications.models.received_reply import ReceivedReply
from notifications.models.service_opt_out import ServiceOptOut
from notifications.models.shared_channel import CatchAll, ServiceNotificationSettings, SharedChannel
from notifications.models.status_page import StatusComponent, StatusPage, StatusTemplate
from notifications.models.status_report import StatusReport, StatusUpdate
from notifications.models.status_subscriber import StatusSubscriber
from notifications.models.team_contact import TeamContact
from notifications.models.team_test import TeamTest

__all__ = [
    "Attempt",
    "CatchAll",
    "ContactMethod",
    "EarlyReceipt",
    "FollowUp",
    "Lane",
    "MessageTemplate",
    "MessageUpdate",
    "Notification",
    "OutboundDelivery",
    "OutboundExchange",
    "OutboundMethod",
    "OutboundService",
    "Provider",
    "PushKey",
    "RateBucket",
    "ReceivedReply",
    "Rule",
    "ServiceNotificationSettings",
    "ServiceOptOut",
    "SharedChannel",
    "StatusComponent",
    "StatusPage",
    "StatusReport",
    "StatusSubscriber",
    "StatusTemplate",
    "StatusUpdate",
    "TeamContact",
    "TeamTest",
    "Ticket",
    "channel_choices",
]
