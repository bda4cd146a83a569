"""Everything that can happen to people, services, incidents and alerts."""

from incidents.verbs.alerts import report
from incidents.verbs.keys import create_key, revoke_key, use_key
from incidents.verbs.opening import open_incident
from incidents.verbs.people import add_person, change_person, set_members
from incidents.verbs.response import (
    acknowledge,
    assign,
    comment,
    expire_acknowledgement,
    page_again,
    reopen,
    resolve,
    snooze,
    wake,
)
from incidents.verbs.settings import change_profile, save_service
from incidents.verbs.sla import note_breaches
from incidents.verbs.timeline import mark_announced, record

__all__ = [
    "acknowledge",
    "add_person",
    "assign",
    "change_person",
    "change_profile",
    "comment",
    "create_key",
    "expire_acknowledgement",
    "mark_announced",
    "note_breaches",
    "open_incident",
    "page_again",
    "record",
    "reopen",
    "report",
    "resolve",
    "revoke_key",
    "save_service",
    "set_members",
    "snooze",
    "use_key",
    "wake",
]
