"""Everything that can happen to people, services, incidents and alerts."""

from incidents.verbs.alerts import close_expired, report
from incidents.verbs.changes import record_change
from incidents.verbs.describing import annotate, describe, prioritize
from incidents.verbs.forgetting import forget_changes, forget_resolved
from incidents.verbs.holding import begin_again, hold_until, rehold, release
from incidents.verbs.keys import create_key, revoke_key, use_key
from incidents.verbs.opening import open_incident
from incidents.verbs.people import add_person, change_person, set_members
from incidents.verbs.rekeying import rekey
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
from incidents.verbs.settings import change_profile, save_bridge, save_service
from incidents.verbs.sla import note_breaches
from incidents.verbs.timeline import mark_announced, record

__all__ = [
    "acknowledge",
    "add_person",
    "annotate",
    "assign",
    "begin_again",
    "change_person",
    "change_profile",
    "close_expired",
    "comment",
    "create_key",
    "describe",
    "expire_acknowledgement",
    "forget_changes",
    "forget_resolved",
    "hold_until",
    "mark_announced",
    "note_breaches",
    "open_incident",
    "page_again",
    "prioritize",
    "record",
    "record_change",
    "rehold",
    "rekey",
    "release",
    "reopen",
    "report",
    "resolve",
    "revoke_key",
    "save_bridge",
    "save_service",
    "set_members",
    "snooze",
    "use_key",
    "wake",
]
