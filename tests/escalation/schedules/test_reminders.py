"""People are reminded once before a shift."""

from datetime import timedelta

import pytest
from django.utils import timezone

from escalation import tasks
from escalation.actions import overrides
from escalation.actions.reminders import change_settings, send_due_reminders
from escalation.models import PlannedReminder
from incidents.errors import InvalidRequest
from notifications.models import Notification
from tests.api import make_person, script
from tests.escalation.schedules.notices import a_schedule, a_schedule_named, publish, soon, told
from tests.factories import (
    make_override,
    make_user,
)
from tests.threads import race

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def ana():
    return make_user("Ana")


@pytest.fixture
def bo():
    return make_user("Bo")


def test_an_hour_before_a_shift_its_person_is_reminded_by_mail_once(ana, bo):
    soon(a_schedule(ana), bo)
    planned = PlannedReminder.objects.get(user=bo)
    assert planned.starts_at - planned.due_at == HOUR
    Notification.objects.all().delete()

    assert send_due_reminders(planned.due_at - timedelta(seconds=1)) == 0
    assert send_due_reminders(planned.due_at) == 1
    assert send_due_reminders(planned.due_at + HOUR / 2) == 0

    assert told(bo) == [f"On call from {planned.starts_at:%a %-d %b %H:%M}: Payments"]
    assert Notification.objects.filter(user=bo, channel="email").count() == 1
    make_override(a_schedule_named("Search"), ana, hours=(1, 2))
    publish()
    assert PlannedReminder.objects.filter(user=bo, done_at=None).count() == 0


def test_none_is_sent_for_a_shift_that_moved_away(ana, bo):
    schedule = a_schedule(ana)
    override = make_override(schedule, bo, hours=(5, 7))
    publish()
    planned = PlannedReminder.objects.get(user=bo)
    overrides.cancel_override(override, by=None)

    assert send_due_reminders(planned.due_at) == 1  # Before it was published that it is gone.
    assert [one for one in told(bo) if one.startswith("On call from")] == []
    publish()
    assert not PlannedReminder.objects.filter(user=bo, done_at=None).exists()


def test_a_shift_that_is_made_shorter_than_the_reminder_is_not_reminded_of(ana, bo):
    soon(a_schedule(ana), bo, hours=(0.5, 2))

    assert not PlannedReminder.objects.filter(user=bo).exists()
    assert len(told(bo)) == 1


@pytest.mark.parametrize(("gap_minutes", "expected"), [(4, 1), (6, 2)])
def test_shifts_that_touch_within_five_minutes_are_one(ana, bo, gap_minutes, expected):
    first, second = a_schedule(ana), a_schedule_named("Search")
    publish()
    make_override(first, bo, hours=(5, 7))
    soon(second, bo, hours=(7 + gap_minutes / 60, 9))

    assert PlannedReminder.objects.filter(user=bo).count() == expected
    planned = PlannedReminder.objects.filter(user=bo).order_by("due_at").first()
    send_due_reminders(planned.due_at)
    assert ("Payments and Search" in told(bo)[-1]) == (expected == 1)


def test_one_that_is_late_is_sent_until_the_shift_has_begun(ana, bo):
    soon(a_schedule(ana), bo)
    planned = PlannedReminder.objects.get(user=bo)

    send_due_reminders(planned.starts_at + timedelta(minutes=6))

    assert [one for one in told(bo) if one.startswith("On call from")] == []
    assert PlannedReminder.objects.get(user=bo).done_at


def test_people_choose_three_at_most(ana, bo):
    now = timezone.now()
    soon(a_schedule(ana), bo, hours=(30, 40))
    change_settings(bo, [(0, "email"), (60, "email"), (1440, "email")], now=now)

    offsets = PlannedReminder.objects.filter(user=bo).values_list("minutes_before", flat=True)
    assert sorted(offsets) == [0, 60, 1440]
    for wrong in (
        [(1, "email"), (2, "email"), (3, "email"), (4, "email")],
        [(1, "email"), (1, "email")],
        [(20_161, "email")],
    ):
        with pytest.raises(InvalidRequest):
            change_settings(bo, wrong, now=now)
    change_settings(bo, [], now=now)
    assert not PlannedReminder.objects.filter(user=bo).exists()


def test_on_my_shifts_and_by_the_api(client):
    person = make_person("Responder")
    client.force_login(person)
    data = {f"channel_{number}": "email" for number in range(3)}

    client.post("/my-shifts/told/", {**data, "before_0": "1440", "before_1": "0"})

    api = script(person)
    assert api.get("/api/v1/on-call-settings/").json() == {
        "reminders": [
            {"minutes_before": 0, "channel": "email"},
            {"minutes_before": 1440, "channel": "email"},
        ],
        **dict.fromkeys(("tells_changes", "tells_starts", "tells_ends"), False),
    }
    body = {"reminders": [{"minutes_before": 7}]}
    assert api.put("/api/v1/on-call-settings/", body).status_code == 200
    assert '<option value="7" selected>7 min before</option>' in (
        client.get("/my-shifts/").content.decode()
    )
    wrong = {"reminders": [{"minutes_before": 7, "channel": "pigeon"}]}
    assert api.put("/api/v1/on-call-settings/", wrong).status_code == 400


@pytest.mark.django_db(transaction=True)
def test_of_many_that_tell_a_reminder_one_does():
    ana, bo = make_user("Ana"), make_user("Bo")
    soon(a_schedule(ana), bo)
    due_at = PlannedReminder.objects.get(user=bo).due_at

    race(*[lambda: send_due_reminders(due_at)] * 4)

    assert len([one for one in told(bo) if one.startswith("On call from")]) == 1


class Killed(BaseException):
    """The process ends here, at any instant, as by kill -9."""


@pytest.mark.parametrize("where", ["before", "after"])
def test_a_reminder_is_told_once_though_the_worker_is_killed_while_it_tells(
    ana, bo, monkeypatch, where
):
    soon(a_schedule(ana), bo)
    planned = PlannedReminder.objects.get(user=bo)
    save = PlannedReminder.save

    def dies(row, **options):
        if where == "after":
            save(row, **options)
        raise Killed

    monkeypatch.setattr(PlannedReminder, "save", dies)
    with pytest.raises(Killed):
        send_due_reminders(planned.due_at)
    monkeypatch.undo()

    assert [one for one in told(bo) if one.startswith("On call from")] == []
    send_due_reminders(planned.due_at)
    send_due_reminders(planned.due_at)
    assert len([one for one in told(bo) if one.startswith("On call from")]) == 1


def test_the_task_publishes_before_it_reminds(ana, bo):
    schedule = a_schedule(ana)
    override = make_override(schedule, bo, hours=(1.001, 7))
    publish()
    PlannedReminder.objects.filter(user=bo).update(due_at=timezone.now())
    overrides.cancel_override(override, by=None)

    tasks.tell_on_call()

    assert [one for one in told(bo) if one.startswith("On call from")] == []
