"""The ladder: whom a plan tells as time goes by, by what, for a chosen instant and incident.

It goes by the code of the runs: `progress`, `conditions`, `Directory`, `round_robin` and the
addresses of `notifications`. Nothing is written.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from escalation.choices import TargetKind
from escalation.plans.conditions import TAKEN, Situation, Verdict, judge
from escalation.plans.plan import Cursor, Plan, is_past_steps
from escalation.plans.progress import Progress, after_condition, after_nobody, after_taken, begin
from escalation.plans.round_robin import asks_anew
from escalation.policies.directory import Directory, shared_channels
from escalation.policies.low_urgency import opening_of
from escalation.policies.round_robin_rows import turn_key
from escalation.policies.rungs import Case, Ladder, Rung, Told
from escalation.policies.step_conditions import hours_of
from escalation.policies.team_contacts import addresses_of_step, team_addresses
from incidents.choices import Urgency
from incidents.models import User
from notifications.models import CatchAll, SharedChannel
from notifications.page import Page
from notifications.reach import Reach

MAX_RUNGS = 120
LONGEST = timedelta(days=8)  # from the first step on: hours that open next week are in it


class LadderBuilder:
    """Ladders of some plans between two instants, with people and schedules looked up once."""

    def __init__(self, plans: Sequence[Plan], start: datetime, until: datetime) -> None:
        self.directory = Directory(plans, start, until + LONGEST)
        row = CatchAll.objects.prefetch_related("users", "channels").first()
        self.last_users = [user.pk for user in row.users.all()] if row else []
        self.last_channels = [channel.pk for channel in row.channels.all()] if row else []
        targets = [target for plan in plans for step in plan.steps for target in step.targets]
        people = {t.id for t in targets if t.kind == TargetKind.USER and t.id}
        people |= {user for plan in plans for user in plan.users} | self.directory.everybody()
        shared = {t.id for t in targets if t.kind == TargetKind.SHARED_CHANNEL and t.id}
        self.addresses = team_addresses(plans)
        shared |= {one.shared_channel for rows in self.addresses.values() for one in rows}
        self.reach = Reach(people.union(self.last_users), shared.union(self.last_channels))
        active = self.reach.book.active | set(self.last_users)
        self.users = {row.pk: str(row) for row in User.objects.filter(pk__in=active)}
        rows = SharedChannel.objects.filter(pk__in=shared.union(self.last_channels))
        self.channels = {row.pk: str(row) for row in rows}

    def ladder(
        self,
        plan: Plan,
        case: Case,
        *,
        progress: Progress | None = None,
        turns: dict[str, tuple[str, int]] | None = None,
        has_catch_all: bool = True,
    ) -> Ladder:
        """The rungs of a run that begins with the case; or goes on from a ``progress``, with the
        turns that its round robins chose, as (entry, repeat). Times count from the case."""
        case = case if progress else case.by(plan)
        opens = opening_of(case.service, case.urgency, plan, case.at) if case.service else None
        start = progress or begin(plan, opens or case.at)
        walk = _Walk(self, plan, case, start, dict(turns or {}))
        rungs = list(walk.rungs())
        if opens and progress is None:
            note = f"waits for the support hours of {case.service}"
            rungs.insert(0, Rung(case.at, "waits", "Low urgency", -1, note=note))
        if walk.is_over and has_catch_all:
            rungs.append(self.catch_all(plan, case, walk.progress.due_at))
        return Ladder(case.at, tuple(rungs), is_cut=not walk.is_over)

    def first_told(self, plan: Plan, case: Case) -> tuple[Told, ...]:
        """Who would be told first by the steps of a plan; () where nobody is."""
        walk = _Walk(self, plan, case.by(plan), begin(plan, case.at), {})
        return next((rung.told for rung in walk.rungs() if rung.is_reached), ())

    def step_told(
        self, plan: Plan, position: int, case: Case, directory: Directory, **step: Any
    ) -> list[Told]:
        """Whom a step tells at the instant of the directory; ``step`` as `step_people` takes it."""
        channels = tuple((one.channel, one.after_minutes) for one in plan.steps[position].channels)
        pages = [
            (
                page_of(
                    case,
                    user_id=user,
                    after_s=called.after_s,
                    channels=channels,
                    skipped_channels=plan.channels_skipped_by(user),
                ),
                called.why,
            )
            for user, called in directory.step_people(plan, position, **step).items()
        ]
        pages += [
            (page_of(case, shared_channel_id=channel), "shared channel")
            for channel in shared_channels(plan, position)
        ]
        pages += [
            (page_of(case, shared_channel_id=one.shared_channel, after_s=one.after_s), one.why)
            for one in addresses_of_step(plan, position, self.addresses)
        ]
        found = [self.told(page, why, directory.at) for page, why in pages]
        return [one for one in found if one]

    def told(self, page: Page, why: str, at: datetime) -> Told | None:
        """One recipient with the ways by which they would be told; None where they are gone."""
        ways = tuple(self.reach.ways(page, at))
        if page.user_id:
            if page.user_id not in self.users:
                return None
            return Told(self.users[page.user_id], why, ways, page.user_id)
        name = self.channels.get(page.shared_channel_id or 0)
        return Told(name, why, ways) if name else None

    def catch_all(self, plan: Plan, case: Case, at: datetime) -> Rung:
        """Whom the portal tells when nobody else is left, at an instant."""
        pages = [(page_of(case, user_id=user), "catch-all") for user in self.last_users]
        pages += [
            (page_of(case, shared_channel_id=channel), "shared channel")
            for channel in self.last_channels
        ]
        found = [self.told(page, why, at) for page, why in pages]
        told = tuple(one for one in found if one)
        note = "" if told else "the portal has no catch-all"
        return Rung(at, "end", "Catch-all", len(plan.steps), told, note)


def page_of(case: Case, **fields: Any) -> Page:
    """A page of an incident that is thought of."""
    notices = getattr(case.service, "notification_settings", None)  # None where there is no row.
    channels = tuple(notices.personal_channels) if notices else ()
    urgent = case.urgency == Urgency.HIGH
    return Page(0, "ladder", "", urgent, service_channels=channels, **fields)


class _Walk:
    """One plan, step by step."""

    def __init__(
        self,
        builder: LadderBuilder,
        plan: Plan,
        case: Case,
        progress: Progress,
        turns: dict[str, tuple[str, int]],
    ) -> None:
        self.builder, self.plan, self.case = builder, plan, case
        self.progress, self.turns = progress, turns
        self.rings = dict(builder.directory.rings)
        self.is_over = False

    def rungs(self) -> Iterable[Rung]:
        """Each step that is due, until the plan ends or there are too many."""
        for _ in range(MAX_RUNGS):
            if is_past_steps(self.plan, self.progress.cursor):
                self.is_over = True
                return
            yield self._rung()

    def _rung(self) -> Rung:
        cursor, at = self.progress.cursor, self.progress.due_at
        rung = Rung(at, "told", _name(self.plan, cursor), cursor.position)
        verdict = self._verdict(at)
        if verdict.waits_until:
            self.progress = self.progress._replace(due_at=verdict.waits_until)
            return replace(rung, state="waits", note=f"waits for its hours: {verdict.reason}")
        if not verdict.is_taken:
            self.progress, _ = after_condition(self.plan, self.progress, at)
            return replace(rung, state="skipped", note=f"skipped: {verdict.reason}")
        told = tuple(self._told(at))
        if any(one.ways for one in told):
            self.progress = after_taken(self.plan, self.progress, at)
            return replace(rung, told=told)
        self.progress = after_nobody(self.plan, self.progress)
        words = "nobody has a usable address" if told else "names nobody who can be told"
        return replace(rung, state="nobody", told=told, note=words)

    def _verdict(self, at: datetime) -> Verdict:
        step = self.plan.steps[self.progress.cursor.position]
        if not step.when or self.progress.cursor.retry:
            return TAKEN
        case = self.case
        hours = hours_of(case.service)
        opened = (case.urgency, case.severity, case.priority, case.at)
        situation = Situation(*opened, alerts=case.alerts, hours=hours)
        return judge(step.when, situation, at, waits=step.waits_for_hours)

    def _told(self, at: datetime) -> list[Told]:
        cursor = self.progress.cursor
        directory = self.builder.directory.moved(at)
        directory.rings = self.rings
        self._take_turns(directory)
        entries = {key: entry for key, (entry, _) in self.turns.items()}
        is_first = self.progress.is_first
        return self.builder.step_told(
            self.plan, cursor.position, self.case, directory, is_first=is_first, turns=entries
        )

    def _take_turns(self, directory: Directory) -> None:
        cursor = self.progress.cursor
        for target in self.plan.steps[cursor.position].targets:
            ring = self.rings.get(target.id or 0)
            if target.kind != TargetKind.ROUND_ROBIN or target.places_on or ring is None:
                continue
            key = turn_key(self.plan, cursor.position, target)
            known = self.turns.get(key)
            is_asked = asks_anew(ring, known and known[1], cursor.repeat, cursor.retry)
            if is_asked and (code := directory.take_turn(target.id or 0)):
                self.turns[key] = code, cursor.repeat


def _name(plan: Plan, cursor: Cursor) -> str:
    """Such as ``Step 2, again 1 of 3``."""
    name = f"Step {cursor.position + 1}"
    if cursor.retry:
        name += f", again {cursor.retry} of {plan.steps[cursor.position].retries}"
    return f"{name}, repeat {cursor.repeat} of {plan.repeats}" if cursor.repeat else name


def ladder_of(plan: Plan, case: Case) -> Ladder:
    """One ladder."""
    return LadderBuilder([plan], case.at, case.at).ladder(plan, case)
