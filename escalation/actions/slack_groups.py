"""User groups of Slack follow schedules: changed at each hand-over, and only then.

A group is never emptied, which Slack refuses: while nobody on call has a verified Slack ID it
keeps whom it has.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django_q.tasks import async_task

from escalation.models import Schedule, SlackUserGroup
from escalation.on_call.schedule_facts import instant_of, load
from escalation.schedules.resolver import who
from incidents.errors import InvalidRequest
from notifications.actions import slack_app
from notifications.channels import all_channels
from notifications.models import ContactMethod, Provider
from notifications.provider_accounts import account_of
from notifications.providers._slack_app import SlackGroup
from opsportal.lib.encryption import readable
from opsportal.lib.net.errors import DeliveryError
from opsportal.lib.task_queues import SENDERS

SLACK = "slack"
OF_PEOPLE = ("U", "W")
TASK = "escalation.tasks.update_slack_group"
LEASE = timedelta(minutes=1)
AGAIN = timedelta(minutes=1)
AGAIN_AFTER_REFUSAL = timedelta(minutes=15)
NOBODY = "Nobody who is on call has a verified Slack ID: the group keeps whom it has."
UNREADABLE = "The secrets of the workspace cannot be read: enter them anew."


def groups_in(provider: Provider) -> Sequence[SlackGroup]:
    """The user groups of a workspace. Raises InvalidRequest in Slack's words."""
    account = account_of(provider)
    try:
        if account is None:
            raise DeliveryError(UNREADABLE, permanent=True)
        return slack_app.groups_of(account)
    except DeliveryError as error:
        raise InvalidRequest(str(error)) from None


@transaction.atomic
def add_group(
    schedule: Schedule, provider: Provider, group_id: str, *, handle: str = ""
) -> SlackUserGroup:
    """Have a user group follow a schedule, within seconds. Raises InvalidRequest for one that
    follows a schedule already, and for a provider of another channel."""
    if provider.channel != SLACK:
        raise InvalidRequest(f"provider: {provider} is no workspace of Slack.")
    known = SlackUserGroup.objects.filter(provider=provider, group_id=group_id).first()
    if known is not None:
        raise InvalidRequest(f"group_id: {known} follows {known.schedule} already.")
    return SlackUserGroup.objects.create(
        schedule=schedule, provider=provider, group_id=group_id, handle=handle[:100]
    )


def follow_schedules(now: datetime) -> int:
    """Have a worker change those whose schedule has other people on call; returns how many."""
    rows = list(SlackUserGroup.objects.due().select_related("schedule"))
    wanted = _members_of(rows, now) if rows else {}
    changed = 0
    for row in rows:
        members = wanted[row.schedule_id]
        if not members:
            _note(row, NOBODY)
        elif members != row.members:
            changed += _hand_over(row, now)
        elif row.error:
            _note(row, "")
    return changed


def update_group(group_id: int) -> None:
    """Give a user group whoever is on call by now; what fails is tried again later."""
    row = SlackUserGroup.objects.select_related("schedule", "provider").filter(pk=group_id).first()
    members = _members_of([row], timezone.now())[row.schedule_id] if row else []
    if row is None or not members:
        return
    account = account_of(row.provider)
    try:
        if account is None:
            raise DeliveryError(UNREADABLE, permanent=True)
        slack_app.set_members(account, row.group_id, members)
    except DeliveryError as error:
        _failed(row, error)
        return
    changes = {"members": members, "updated_at": timezone.now(), "error": "", "next_try_at": None}
    SlackUserGroup.objects.filter(pk=row.pk).update(**changes)


def _hand_over(row: SlackUserGroup, now: datetime) -> int:
    """1 where nobody else has handed it over meanwhile."""
    mine = SlackUserGroup.objects.due().filter(pk=row.pk)
    taken = mine.update(next_try_at=now + LEASE)
    if taken:
        async_task(TASK, row.pk, cluster=SENDERS)
    return taken


def _note(row: SlackUserGroup, error: str) -> None:
    if row.error != error:
        SlackUserGroup.objects.filter(pk=row.pk).update(error=error)


def _failed(row: SlackUserGroup, error: DeliveryError) -> None:
    wait = AGAIN_AFTER_REFUSAL if error.permanent else AGAIN
    if error.retry_after is not None:
        wait = max(wait, timedelta(seconds=error.retry_after))
    rows = SlackUserGroup.objects.filter(pk=row.pk)
    rows.update(error=str(error)[:300], next_try_at=timezone.now() + wait)


def _members_of(groups: Iterable[SlackUserGroup], now: datetime) -> dict[int, list[str]]:
    """Schedule id → the verified Slack IDs of whoever is on call in it, in the order of the
    alphabet: a group has no other."""
    schedules = {row.schedule_id: row.schedule for row in groups}
    facts = load(schedules.values(), now, now + timedelta(seconds=1))
    people = {pk: [place.user for place in who(one, instant_of(now))] for pk, one in facts.items()}
    addresses = _addresses_of({user for users in people.values() for user in users})
    return {
        pk: sorted({addresses[user] for user in users if user in addresses})
        for pk, users in people.items()
    }


def _addresses_of(people: Iterable[int]) -> Mapping[int, str]:
    """Person → the first verified Slack ID."""
    usable = ContactMethod.objects.usable().filter(channel=SLACK, user__in=list(people))
    field = all_channels()[SLACK].address_field
    found = {
        row.user_id: str(readable(row, "config", {}).get(field) or "")
        for row in usable.order_by("-pk")
    }
    return {user: address for user, address in found.items() if address.startswith(OF_PEOPLE)}
