"""Notification rules, contact method removal, read marks of in-app notifications."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from incidents.errors import InvalidRequest
from incidents.models import User
from notifications.models import ContactMethod, Notification, Rule


@transaction.atomic
def add_rule(
    user: User, urgency: str, method_id: int, after_minutes: int = 0, **repeats: int
) -> Rule:
    """Use this contact method from the next page on, so many minutes after it began.

    ``repeats``: ``repeat_times`` and ``repeat_every_minutes``; a rule that exists gets them.
    Raises InvalidRequest for a method of somebody else.
    """
    method = ContactMethod.objects.filter(pk=method_id, user=user).first()
    if method is None:
        raise InvalidRequest("method: that is no contact method of this person.")
    rule, _ = Rule.objects.update_or_create(
        user=user,
        urgency=urgency,
        contact_method=method,
        after_minutes=after_minutes,
        defaults=repeats,
    )
    return rule


def rules_of(method: ContactMethod, rules: Iterable[tuple[str, int]]) -> list[Rule]:
    """The rows, not saved yet, that use a new contact method: (urgency, minutes after a page
    began)."""
    return [
        Rule(user_id=method.user_id, contact_method=method, urgency=urgency, after_minutes=minutes)
        for urgency, minutes in rules
    ]


def remove_rule(rule_id: int) -> None:
    """Doing it twice changes nothing."""
    Rule.objects.filter(pk=rule_id).delete()


def remove_contact_method(method_id: int) -> None:
    """The address and its rules are gone; what was sent there stays on record."""
    ContactMethod.objects.filter(pk=method_id).delete()


def mark_read(user: User) -> int:
    """The person has seen every line in the portal up to now; returns how many were new."""
    mine = Notification.objects.filter(user=user, channel="inapp", read_at=None)
    return mine.update(read_at=timezone.now())
