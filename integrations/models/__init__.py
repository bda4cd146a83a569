from integrations.models.chat import ChatIdentity
from integrations.models.endpoint_keys import KeyUse, RetiredKey, mailbox_digest
from integrations.models.event_result import EventResult, Result
from integrations.models.forward import Forward
from integrations.models.heartbeat import Heartbeat
from integrations.models.imports import IMPORT, ImportedObject, ImportRun
from integrations.models.integration import (
    ADMINISTER,
    Integration,
    RateWindow,
    digest_of,
    make_token,
)
from integrations.models.mail import MailAccount
from integrations.models.message import InboundMessage, InboundMessageQuerySet
from integrations.models.opt_out import IntegrationOptOut
from integrations.models.retention import Retention
from integrations.models.window import MANAGE, MaintenanceWindow

__all__ = [
    "ADMINISTER",
    "IMPORT",
    "MANAGE",
    "ChatIdentity",
    "EventResult",
    "Forward",
    "Heartbeat",
    "ImportRun",
    "ImportedObject",
    "InboundMessage",
    "InboundMessageQuerySet",
    "Integration",
    "IntegrationOptOut",
    "KeyUse",
    "MailAccount",
    "MaintenanceWindow",
    "RateWindow",
    "Result",
    "Retention",
    "RetiredKey",
    "digest_of",
    "mailbox_digest",
    "make_token",
]
