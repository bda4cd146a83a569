"""Whoever is put on call or relieved is told."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from escalation.actions import absences, cover_answers, overrides, publish_shifts, schedules
from escalation.actions.publish_shifts import note_time_passed
from escalation.actions.reminders import change_settings
from escalation.models import PublishedShift, ScheduleChange
from escalation.schedules.definition import Definition, Layer, Window, parse_wall
from escalation.timer_loop import TimerLoop
from notifications.models import Notification
from tests.escalation.schedules.notices import a_schedule, a_schedule_named, publish, soon, told
from tests.factories import (
    make_absence,
    make_cover_request,
    make_override,
    make_schedule,
    make_user,
)
from tests.tasks import queued, run_tasks

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def ana():
    return make_user("Ana")


@pytest.fixture
def bo():
    return make_user("Bo")


def test_a_new_schedule_is_published_in_silence(ana, bo):
    a_schedule(ana, bo)

    assert told() == []
    assert PublishedShift.objects.count() > 20
    assert not ScheduleChange.objects.exists()


def test_an_override_tells_whoever_it_puts_on_call_and_whoever_it_relieves(ana, bo):
    schedule = a_schedule(ana)
    override = make_override(schedule, bo, hours=(5, 7))
    publish()

    times = [f"{at:%a %-d %b %H:%M}" for at in (override.starts_at, override.ends_at)]
    assert told(ana) == [f"Payments: You are no longer on call {times[0]} – {times[1]}"]
    assert told(bo) == [f"Payments: You are on call {times[0]} – {times[1]}"]
    publish()
    assert len(told()) == 2

    overrides.cancel_override(override, by=None)
    publish()
    assert told(ana)[1:] == [f"Payments: You are on call {times[0]} – {times[1]}"]
    assert told(bo)[1:] == [f"Payments: You are no longer on call {times[0]} – {times[1]}"]


def test_whoever_takes_over_is_not_told_what_they_did(ana, bo):
    schedule = a_schedule(ana)

    overrides.take(schedule, bo, timezone.now() + HOUR, instead_of=ana)
    publish()

    assert told(bo) == []
    [title] = told(ana)  # Once, with the name.
    assert "Bo has taken over Payments from you until" in title


def test_a_cover_that_is_taken_and_given_back_is_told_once_each(ana, bo):
    schedule = a_schedule(ana, bo)
    make_override(schedule, ana, hours=(1, 30))
    publish()
    before = len(told(ana))
    request = make_cover_request(schedule, ana, hours=(4, 8))

    cover_answers.accept(request.pk, bo)
    publish()
    assert [title.partition(":")[0] for title in told(ana)[before:]] == ["Bo has taken it"]

    cover_answers.undo(request.pk, by=bo)
    publish()
    assert len(told(ana)[before:]) == 2


def test_an_absence_tells_the_cover(ana, bo):
    a_schedule(ana)
    absence = make_absence(ana, bo, hours=(5, 7))
    publish()
    assert [len(told(one)) for one in (ana, bo)] == [1, 1]

    absences.cancel_absence(absence)
    publish()
    assert "You are no longer on call" in told(bo)[1]


def test_an_edit_tells_each_person_once_however_many_shifts_it_changes(ana, bo):
    schedule = a_schedule(ana)
    layer = Layer(
        "weekly", "Weekly", anchor=parse_wall("2026-03-02T09:00"), ring=((ana.pk,), (bo.pk,))
    )

    schedules.edit_schedule(
        schedule, Definition("Europe/Berlin", (layer,)), effective_from=timezone.now()
    )
    publish()

    assert "You are on call at" in told(bo)[0]
    assert "You are no longer on call at" in told(ana)[0]
    assert len(told()) == 2
    text = Notification.objects.filter(user=bo).first().facts["notice"]["text"]
    assert text.count("You are on call") == 8
    assert "more." in text


def test_a_shift_whose_hours_are_moved_is_told_as_moved(ana, bo):
    def definition(hour):
        days = Window(frozenset({(timezone.now().weekday() + 2) % 7}), hour * 60, hour * 60 + 60)
        layer = Layer(
            "weekly",
            "Weekly",
            anchor=parse_wall("2026-03-02T09:00"),
            ring=((ana.pk,),),
            windows=(days,),
        )
        return Definition("UTC", (layer,))

    schedule = schedules.add_schedule(definition(10), name="Payments")
    publish()
    schedules.edit_schedule(schedule, definition(12), effective_from=timezone.now())
    publish()

    text = Notification.objects.filter(user=ana).first().facts["notice"]["text"]
    assert "has moved: now" in text.splitlines()[0]


def test_somebody_who_is_switched_off_is_relieved(ana, bo):
    schedule = a_schedule(ana)
    make_override(schedule, bo, hours=(-0.001, 48))
    publish()
    type(bo).objects.filter(pk=bo.pk).update(is_active=False)
    publish()

    assert len(told(bo)) == 1  # Nobody is told who is switched off.
    assert "You are on call" in told(ana)[1]


def test_whoever_was_to_be_on_call_is_told_that_the_schedule_is_deleted(ana, bo):
    schedule = make_schedule(bo, name="Payments")
    override = make_override(schedule, ana, hours=(5, 7))
    publish()

    schedules.delete_schedule(schedule)

    assert told(ana)[0].startswith("Payments: You are no longer on call")
    assert told(ana)[0].endswith(f"{override.ends_at:%a %-d %b %H:%M}")
    assert len(told(bo)) == 1


def test_what_concerns_another_schedule_leaves_a_calendar_as_it_is(ana, bo):
    schedule, other = a_schedule(ana), make_schedule(bo, name="Search")
    publish()
    before = [type(other).objects.get(pk=one.pk).revision for one in (schedule, other)]
    make_absence(bo, ana)
    publish()

    after = [type(other).objects.get(pk=one.pk).revision for one in (schedule, other)]
    assert (after[0], after[1]) == (before[0], before[1] + 1)


def test_nothing_is_told_because_time_has_passed(ana, bo):
    a_schedule(ana, bo)
    later = timezone.now() + timedelta(days=12)

    assert note_time_passed(later) == 1
    assert note_time_passed(later) == 0
    publish(later)

    assert told() == []
    assert note_time_passed(later) == 0


def test_a_change_a_year_ahead_is_told(ana, bo):
    schedule = a_schedule(ana)
    days = 390 * 24

    soon(schedule, bo, hours=(days, days + 2))

    assert len(told(bo)) == 1
    schedule.refresh_from_db()
    assert schedule.published_until > timezone.now() + timedelta(days=399)


def test_a_crowded_schedule_is_published_half_a_year_ahead_and_is_not_late_for_that(
    ana, bo, monkeypatch
):
    monkeypatch.setattr(publish_shifts, "MAX_SHIFTS", 5)
    schedule = a_schedule(ana, bo)
    near = timedelta(days=180)
    schedule.refresh_from_db()
    latest = PublishedShift.objects.order_by("ends_at").last()

    assert latest.ends_at <= schedule.published_until < timezone.now() + near
    assert note_time_passed(timezone.now()) == 0
    assert note_time_passed(timezone.now() + timedelta(days=1)) == 1


def test_what_was_published_beyond_is_dropped_in_silence_when_a_schedule_becomes_crowded(
    ana, bo, monkeypatch
):
    a_schedule(ana, bo)
    whole = PublishedShift.objects.count()
    monkeypatch.setattr(publish_shifts, "MAX_SHIFTS", 5)

    later = timezone.now() + timedelta(days=1)
    note_time_passed(later)
    publish(later)

    assert PublishedShift.objects.count() < whole - 20
    assert not PublishedShift.objects.exclude(cancelled_at=None).exists()
    assert told() == []


def test_who_does_not_want_it_is_not_told(ana, bo):
    schedule = a_schedule(ana)
    change_settings(bo, [], tells_changes=False, now=timezone.now())
    make_override(schedule, bo, hours=(5, 7))
    publish()

    assert told(bo) == []
    assert len(told(ana)) == 1


def test_the_scheduler_tells_it_by_a_task_of_the_senders(ana, bo):
    schedule = a_schedule(ana)
    loop = TimerLoop()
    loop.turn()
    run_tasks()
    make_override(schedule, bo, hours=(5, 7))

    loop.turn()
    assert [name for name, _ in queued("opsportal")] == ["escalation.tasks.tell_on_call"]
    run_tasks()
    assert len(told(bo)) == 1
    mails = Notification.objects.filter(user=bo, channel="email")
    assert [row.event for row in mails] == ["notice"]


def test_a_schedule_that_cannot_be_published_stops_no_other(ana, bo, monkeypatch):
    broken = a_schedule(ana)
    broken.versions.update(definition={"zone": "Europe/Berlin", "layers": [{"broken": 1}]})
    other = a_schedule_named("Search")

    publish()

    assert other.published_shifts.exists()
    left = ScheduleChange.objects.get()
    assert left.schedule == broken
    assert left.made_at > timezone.now()


def test_times_are_those_of_the_reader(ana, bo):
    bo.time_zone = "Asia/Kathmandu"
    bo.save()
    schedule = a_schedule(ana)
    soon(schedule, bo)

    start = datetime.fromisoformat(schedule.overrides.get().starts_at.isoformat())
    assert f"{start.astimezone(bo.zone):%H:%M}" in told(bo)[0]
