"""The life of a few incidents as a state machine: what may happen, and what is so after it."""

from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from escalation.actions import (
    absences,
    escalate,
    ingest,
    merging,
    overrides,
    reconcile,
    restart,
    scheduler,
    schedules,
)
from escalation.actions.edit import edit
from escalation.actions.overrides import OverrideDraft
from escalation.models import Absence, Override, Run
from escalation.on_call.schedule_facts import instant_of, load, time_of
from escalation.schedules.facts import OverrideKind
from escalation.schedules.resolver import who
from incidents.actions import respond, sla
from incidents.errors import DomainError
from incidents.models import Alert, Incident, Merge, TimelineEntry
from notifications.actions.deliver import deliver
from notifications.models import Notification
from notifications.page import PAGES
from tests.escalation.world import definition, pass_time, span
from tests.factories import make_report
from tests.timers import advance_due

Status = Incident.Status
HOUR_S = 3600
ONE = st.integers(0, 2)  # of the people, or of the incidents
SOON = st.sampled_from([0, 5])  # minutes


class Standing(NamedTuple):
    """Of an incident: its row, its pages by id, and how many attempts were made of each."""

    incident: Incident
    pages: dict
    attempts: dict


class Life(RuleBasedStateMachine):
    """A few incidents of one service, whose policy tells a schedule first, and whatever may happen
    to them."""

    def __init__(self, world):
        super().__init__()
        self.outer = transaction.atomic()
        self.outer.__enter__()
        self.people, self.schedule, self.service = world
        self.before = {}
        self.skips = False  # Whether a new round may begin with a later step.
        for key in "ab":
            self.tell(key=key, severity="warning")

    def teardown(self):
        transaction.set_rollback(True)
        self.outer.__exit__(None, None, None)

    # Whatever may happen

    @rule(which=ONE, by=ONE)
    def acknowledge(self, which, by):
        self.attempt(respond.acknowledge, which, by=self.people[by])

    @rule(which=ONE, to=ONE)
    def assign(self, which, to):
        self.attempt(respond.assign, which, self.people[to], by=self.people[0])

    @rule(which=ONE, minutes=st.sampled_from([1, 6, 30]))
    def snooze(self, which, minutes):
        until = timezone.now() + timedelta(minutes=minutes)
        self.attempt(respond.snooze, which, until, by=self.people[0])

    @rule(which=ONE)
    def comment(self, which):
        self.attempt(respond.comment, which, "hm", by=self.people[1])

    @rule(which=ONE)
    def escalate(self, which):
        self.skips = True
        self.attempt(escalate.escalate, which, by=self.people[0])

    @rule(which=ONE)
    def start_again(self, which):
        self.attempt(escalate.start_again, which, by=self.people[0])

    @rule(which=ONE)
    def give_back(self, which):
        if not self.incident(which).is_resolved:
            self.attempt(restart.unacknowledge, which, by=self.people[0])

    @rule(which=ONE)
    def resolve(self, which):
        self.attempt(respond.resolve, which, by=self.people[0])

    @rule(which=ONE)
    def reopen(self, which):
        self.attempt(restart.reopen, which, by=self.people[0])

    @rule(which=ONE, urgency=st.sampled_from(["high", "low"]))
    def change_urgency(self, which, urgency):
        self.attempt(edit, which, urgency=urgency, by=self.people[0])

    @rule(
        key=st.sampled_from("ab"),
        action=st.sampled_from(["trigger", "trigger", "acknowledge", "resolve"]),
        severity=st.sampled_from(["info", "error", "critical"]),
    )
    def report(self, key, action, severity):
        self.tell(action, key=key, severity=severity)

    @rule(into=ONE, which=ONE)
    def merge(self, into, which):
        self.attempt(merging.merge, into, [self.incident(which).pk], by=self.people[0])

    @rule(which=ONE)
    def undo_merge(self, which):
        self.attempt(merging.undo_merge, which, by=self.people[0])

    @rule(ring=st.lists(ONE, unique=True), minutes=SOON)
    def edit_the_schedule(self, ring, minutes):
        on_call = definition([self.people[number] for number in ring])
        at = timezone.now() + timedelta(minutes=minutes)
        edit_now = partial(schedules.edit_schedule, self.schedule, on_call, effective_from=at)
        self.change_who_is_on_call(edit_now)

    @rule(people=st.lists(ONE, unique=True, max_size=2), after=SOON, lasts=st.integers(1, 40))
    def override(self, people, after, lasts):
        kind = OverrideKind.INSTEAD if people else OverrideKind.NOBODY
        people = [self.people[number] for number in people]
        draft = OverrideDraft(span=span(after, lasts), people=people, kind=kind, reason="Off")
        self.change_who_is_on_call(lambda: overrides.add_override(self.schedule, draft))

    @rule(who=ONE, cover=st.none() | ONE, after=SOON, lasts=st.integers(1, 40))
    def go_away(self, who, cover, after, lasts):
        cover = None if cover is None else self.people[cover]
        away = self.people[who], span(after, lasts)
        self.change_who_is_on_call(lambda: absences.add_absence(*away, cover=cover))

    @rule()
    def cancel_an_override(self):
        for row in Override.objects.filter(cancelled_at=None)[:1]:
            self.change_who_is_on_call(lambda: overrides.cancel_override(row, by=None))  # noqa: B023

    @rule()
    def come_back(self):
        for row in Absence.objects.filter(cancelled_at=None)[:1]:
            self.change_who_is_on_call(lambda: absences.cancel_absence(row))  # noqa: B023

    @rule(minutes=st.sampled_from([1, 4, 6, 11, 31]))
    def wait(self, minutes):
        pass_time(minutes)

    # What has to be so after each of them

    @invariant()
    def all_is_well(self):
        """One invariant, for what is due has to be done first."""
        self.settle()
        standing = self.standing()
        runs = list(Run.objects.order_by("paging_round"))
        for pk, now in standing.items():
            self.check_pages(self.before.get(pk, Standing(now.incident, {}, {})), now)
            self.check_run(now.incident, [run for run in runs if run.incident_id == pk])
        self.before, self.skips = standing, False
        self.check_merges([one.incident for one in standing.values()])
        self.check_breaches()

    def check_pages(self, before, now):
        """No attempt after a stop, no silence after a wake, and nobody is paged by a schedule who
        is not on call."""
        fresh = [now.pages[pk] for pk in now.pages.keys() - before.pages.keys()]
        if not now.incident.is_open:
            assert now.attempts == before.attempts, "sent although nobody is to be paged"
            if now.incident.paging_round == before.incident.paging_round:
                assert not fresh, "paged although nobody is to be paged"
        elif now.incident.paging_round > before.incident.paging_round:
            assert fresh, "a new round paged nobody"
            since = min(page.created_at for page in fresh)
            missing = self.on_call(instant_of(since)) - {page.user_id for page in fresh}
            assert self.skips or not missing, "a new round did not page who is on call"
        for page in fresh:
            if "on call in" in page.reason:
                assert page.user_id in self.on_call(instant_of(page.created_at)), page.reason

    def check_run(self, incident, runs):
        run = runs[-1] if runs and runs[-1].paging_round == incident.paging_round else None
        assert all(run.finished_at for run in runs[:-1]), "two runs of one incident"
        if incident.is_open:
            assert run is not None, "no run"
            assert run.finished_at is None
            steps_left = run.state == Run.State.ESCALATING and run.next_step_at is not None
            assert steps_left or run.state == Run.State.EXHAUSTED, f"silent: {run.state}"
        elif incident.is_resolved:
            assert run is None or run.finished_at is not None
            assert (incident.acknowledge_by, incident.resolve_by) == (None, None)
        else:
            assert run is None or run.state == Run.State.PAUSED
        held = incident.status == Status.ON_HOLD
        assert held == (incident.snoozed_until is not None) == (incident.held_since is not None)

    def check_merges(self, incidents):
        """What was merged goes on in one place, with all of its alerts."""
        merged = {one.pk: one.merged_into_id for one in incidents if one.merged_into_id}
        live = Merge.objects.filter(undone_at=None).values_list("source", "target")
        assert sorted(live) == sorted(merged.items())
        resolutions = {one.resolution for one in incidents if one.merged_into_id}
        assert resolutions <= {"merged"}
        for alert in Alert.objects.select_related("incident"):
            assert alert.incident_id not in merged, "an alert stayed behind"
            assert alert.closed_at or not alert.incident.is_resolved, "an alert nobody looks at"

    def check_breaches(self):
        """Each is noted once."""
        lines = TimelineEntry.objects.filter(verb="sla_breached")
        found = list(lines.values_list("incident", "facts__target"))
        assert len(found) == len(set(found))

    # How it is done

    def incident(self, which):
        rows = Incident.objects.order_by("pk")
        return rows[which % len(rows)]

    def standing(self):
        found = {one.pk: Standing(one, {}, {}) for one in Incident.objects.all()}
        for page in Notification.objects.filter(event__in=PAGES).exclude(channel="inapp"):
            found[page.incident_id].pages[page.pk] = page
            if page.attempts_made:
                found[page.incident_id].attempts[page.pk] = page.attempts_made
        return found

    def attempt(self, act, which, *args, **named):
        """A refusal is an answer, too: whoever loses a race changes nothing."""
        before = self.incident(which)
        try:
            act(before.pk, *args, **named)
        except DomainError:
            after = Incident.objects.get(pk=before.pk)
            assert (after.status, after.paging_round) == (before.status, before.paging_round)

    def tell(self, action="trigger", **fields):
        ingest.report([make_report(self.service, action, **fields)], now=timezone.now())

    def on_call(self, instant):
        facts = load([self.schedule], time_of(instant), time_of(instant + 1))
        return {place.user for place in who(facts[self.schedule.pk], instant)}

    def change_who_is_on_call(self, act):
        """What was stays as it was, whatever is entered, or refused."""
        now = instant_of(timezone.now())
        before = self.last_hour(now)
        with suppress(DomainError):
            act()
        assert self.last_hour(now) == before, "the past was changed"

    def last_hour(self, now):
        facts = load([self.schedule], time_of(now - HOUR_S), time_of(now))[self.schedule.pk]
        return [{one.user for one in who(facts, at)} for at in range(now - HOUR_S, now, 60)]

    def settle(self):
        """What the scheduler and the workers do, until nothing is due any more."""
        for _ in range(10):
            now = timezone.now()
            reconcile.reconcile_runs(now=now)
            moved = scheduler.end_due_snoozes(now) + advance_due(now)
            sla.note_breaches(now)
            due = list(Notification.objects.due(now).values_list("pk", "attempts_made"))
            deliver(due)
            if not moved + len(due) + reconcile.start_missing_runs(now=now):
                break
