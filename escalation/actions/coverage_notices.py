"""Managers are told of a defect once, when it has lasted: whoever is editing may mend it first."""

from collections import defaultdict
from datetime import datetime, timedelta
from uuid import uuid4

from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from escalation.choices import DefectKind, DefectLevel
from escalation.coverage.sentences import cost, sentence
from escalation.models import CoverageDefect
from escalation.on_call.managers import managers_or_owners
from incidents.models import User
from notifications.actions.notices import notify
from notifications.page import Notice

LASTS = timedelta(minutes=10)
MAX_LISTED = 20
URGENT = Q(level__in=[DefectLevel.RED, DefectLevel.AMBER])
ALSO_TOLD = Q(kind=DefectKind.ZONE_DATA)
TOLD_ELSEWHERE = Q(kind=DefectKind.OLD_CALENDAR)  # by whatever reads the calendar


@transaction.atomic
def tell_managers(now: datetime) -> int:
    """Tell the managers of the teams concerned, where there is none the Owners, of what is red or
    amber, or of new time-zone data, and not told yet: one notice for each person.

    Returns how many defects that were.
    """
    rows = CoverageDefect.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
    rows = rows.open(now).filter(told_at=None, since__lte=now - LASTS)
    rows = rows.filter((URGENT & ~TOLD_ELSEWHERE) | ALSO_TOLD)
    found = list(rows.select_related("policy__team", "schedule__team"))
    if not found:
        return 0
    told: dict[int, list[CoverageDefect]] = defaultdict(list)
    for row in found:
        for person in managers_of(row):
            told[person].append(row)
    for user in User.objects.filter(pk__in=told):
        defects = told[user.pk]
        key = f"coverage:{uuid4()}"
        notify([user.pk], _notice(defects, user), key=key, now=now)
    CoverageDefect.objects.filter(pk__in=[row.pk for row in found]).update(told_at=now)
    return len(found)


def managers_of(row: CoverageDefect) -> list[int]:
    """The ids of those who manage the teams of its policy and its schedules."""
    named = row.facts.get("schedule_ids") or [row.schedule_id]
    teams = Q(team__schedules__in=[pk for pk in named if pk])
    if row.policy_id:
        teams |= Q(team__policies=row.policy_id)
    return managers_or_owners(teams)


def _notice(defects: list[CoverageDefect], user: User) -> Notice:
    lines = [
        f"{sentence(row.kind, row.facts, row.get_spans(), user.zone)} {cost(row.kind, row.facts)}"
        for row in defects[:MAX_LISTED]
    ]
    if len(defects) > MAX_LISTED:
        lines.append(f"And {len(defects) - MAX_LISTED} more.")
    first = lines[0] if len(defects) == 1 else f"{len(defects)} defects"
    return Notice(f"Coverage: {first}", "\n".join(lines), reverse("coverage"))
