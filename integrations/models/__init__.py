from integrations.models.chat import ChatIdentity
from integrations.models.heartbeat import Heartbeat
from integrations.models.integration import (
    ADMINISTER,
    Integration,
    RateWindow,
    digest_of,
    make_token,
)
from integrations.models.mail import MailAccount
from integrations.models.message import InboundMessage, InboundMessageQuerySet
from integrations.models.retention import Retention
from integrations.models.window import MANAGE, MaintenanceWindow

__all__ = [
    "ADMINISTER",
    "MANAGE",
    "ChatIdentity",
    "Heartbeat",
    "InboundMessage",
    "InboundMessageQuerySet",
    "Integration",
    "MailAccount",
    "MaintenanceWindow",
    "RateWindow",
    "Retention",
    "digest_of",
    "make_token",
]
