"""Wakes the scheduler when incidents have changed, and the review when whom they page has."""

from collections.abc import Collection
from typing import Any

from django.db import connection
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from escalation.actions import coverage
from escalation.actions.escalate import escalate
from escalation.actions.restart import reopen
from escalation.models import (
    Absence,
    CoverRequest,
    Override,
    Policy,
    RoundRobin,
    RoundRobinEntry,
    Schedule,
    ScheduleVersion,
    ServicePolicy,
    Step,
    Target,
    Workflow,
)
from escalation.workflows.enabled import KNOWN_TRIGGERS
from incidents.models import Membership, User
from incidents.signals import incident_changed
from notifications.actions import replies, ticket_news
from notifications.models import CatchAll, ContactMethod, Rule, SharedChannel, TeamContact
from opsportal.lib.django_internals import once_on_commit
from opsportal.lib.pg_notify import SCHEDULER, notify

# What decides whom a policy pages.
WATCHED = (
    CoverRequest,
    *(RoundRobin, RoundRobinEntry),
    *(Policy, Step, Target, ServicePolicy, Schedule, ScheduleVersion, Override, Absence),
    *(Membership, User, ContactMethod, Rule, SharedChannel, TeamContact, CatchAll),
)
OF_A_LOGIN = {"last_login"}
replies.VERBS["escalate"] = escalate  # What a person may ask for by an answer.
ticket_news.VERBS["reopen"] = reopen  # What follows from a ticket that is opened again.


@receiver(incident_changed, dispatch_uid="escalation.wake")
def wake(sender: Any, **kwargs: Any) -> None:
    """The scheduler would find the same by itself within seconds."""
    notify(connection, SCHEDULER)


def review_again(sender: Any, update_fields: Collection[str] | None = None, **kwargs: Any) -> None:
    """The coverage is looked at again once the change is committed; else within the hour."""
    if not update_fields or set(update_fields) - OF_A_LOGIN:
        once_on_commit(coverage.mark_stale)


for happened in (post_save, post_delete):
    happened.connect(KNOWN_TRIGGERS.forget, sender=Workflow, dispatch_uid="workflows.known")
for model in WATCHED:
    post_save.connect(review_again, sender=model, dispatch_uid=f"coverage.{model.__name__}.saved")
    post_delete.connect(review_again, sender=model, dispatch_uid=f"coverage.{model.__name__}.gone")
