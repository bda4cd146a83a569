from incidents.choices import Severity, Urgency
from incidents.models.change import Change
from incidents.models.conference_bridge import ConferenceBridge
from incidents.models.episode_end import EpisodeEnd
from incidents.models.idempotency import IdempotentRequest
from incidents.models.incident import Alert, Incident
from incidents.models.keys import ApiKey
from incidents.models.logins import LoginAttempt
from incidents.models.people import InactivePeriod, Membership, Team, TeamRole, User
from incidents.models.service import Service
from incidents.models.timeline import TimelineEntry

__all__ = [
    "Alert",
    "ApiKey",
    "Change",
    "ConferenceBridge",
    "EpisodeEnd",
    "IdempotentRequest",
    "InactivePeriod",
    "Incident",
    "LoginAttempt",
    "Membership",
    "Service",
    "Severity",
    "Team",
    "TeamRole",
    "TimelineEntry",
    "Urgency",
    "User",
]
