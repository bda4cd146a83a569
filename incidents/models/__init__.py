from incidents.choices import Severity, Urgency
from incidents.models.acknowledgement import Acknowledgement
from incidents.models.alert import Alert
from incidents.models.audit import AuditEntry
from incidents.models.change import Change
from incidents.models.conference_bridge import ConferenceBridge
from incidents.models.custom_field import CustomField
from incidents.models.episode_end import EpisodeEnd
from incidents.models.idempotency import IdempotentRequest
from incidents.models.incident import Incident
from incidents.models.keys import ApiKey
from incidents.models.links import IncidentLink
from incidents.models.logins import LoginAttempt
from incidents.models.merge import Merge
from incidents.models.people import InactivePeriod, User
from incidents.models.responder_request import ResponderRequest
from incidents.models.service import Service
from incidents.models.teams import Membership, Team, TeamRole
from incidents.models.timeline import TimelineEntry
from incidents.models.topic import Topic
from incidents.models.watcher import IncidentWatcher

__all__ = [
    "Acknowledgement",
    "Alert",
    "ApiKey",
    "AuditEntry",
    "Change",
    "ConferenceBridge",
    "CustomField",
    "EpisodeEnd",
    "IdempotentRequest",
    "InactivePeriod",
    "Incident",
    "IncidentLink",
    "IncidentWatcher",
    "LoginAttempt",
    "Membership",
    "Merge",
    "ResponderRequest",
    "Service",
    "Severity",
    "Team",
    "TeamRole",
    "TimelineEntry",
    "Topic",
    "Urgency",
    "User",
]
