"""Hand-overs are told to both sides with a note that is kept."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from escalation.actions import overrides, reminders
from escalation.actions.hand_overs import tell_due_hand_overs, write_note
from escalation.actions.publish_shifts import publish_due
from escalation.models import HandOver, Target
from escalation.schedules.hand_overs import hand_overs
from escalation.schedules.resolver import shifts
from incidents.models import Change
from integrations.models import MaintenanceWindow
from notifications.actions.notices import notify_channel
from notifications.models import Notification
from notifications.page import Notice
from tests.api import make_person, script
from tests.escalation.schedules.people import (
    NAMES,
    WORKDAYS,
    facts,
    instant,
    layer,
    override,
    slots,
    window,
)
from tests.factories import (
    make_cover_request,
    make_incident,
    make_override,
    make_policy,
    make_schedule,
    make_service,
    make_shared_channel,
    make_user,
)
from tests.tasks import run_tasks

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)


def found_in(known, start="2026-03-02T00:00Z", end="2026-03-20T00:00Z"):
    found = hand_overs(shifts(known, instant(start), instant(end)))
    return [
        (
            datetime.fromtimestamp(one.at, BERLIN).isoformat()[:16],
            "+".join(NAMES[user - 1] for user in one.outgoing),
            "+".join(NAMES[user - 1] for user in one.incoming),
        )
        for one in found
    ]


WEEKLY = layer("weekly", "2026-03-02T09:00", slots(["Ana"], ["Bo"]))


def test_whoever_relieves_somebody_takes_over():
    also = override(1, ["Cy"], "2026-03-04T09:00Z", "2026-03-05T09:00Z")
    also = type(also)(1, "also", also.start, also.end, 1, also.people)

    assert found_in(facts(WEEKLY, overrides=(also,))) == [
        ("2026-03-02T09:00", "Bo", "Ana"),
        ("2026-03-09T09:00", "Ana", "Bo"),
        ("2026-03-16T09:00", "Bo", "Ana"),
    ]


def test_times_of_nobody_are_passed_over():
    hours = window(WORKDAYS, 9, 17)
    office = layer("office", "2026-03-02T09:00", slots(["Ana"], ["Bo"]), windows=(hours,))

    assert found_in(facts(office)) == [
        ("2026-03-09T09:00", "Ana", "Bo"),
        ("2026-03-16T09:00", "Bo", "Ana"),
    ]


@pytest.fixture
def ana():
    return make_person("Responder", name="Ana")


@pytest.fixture
def bo():
    return make_user("Bo")


@pytest.fixture
def schedule(ana):
    return make_schedule(ana, name="Payments")


def planned(schedule, *people):
    """The hand-over to these in five hours."""
    made = make_override(schedule, *people, hours=(5, 7))
    publish_due(timezone.now())
    return made, HandOver.objects.get(at=made.starts_at)


def told(person):
    rows = Notification.objects.filter(page_key__startswith="hand-over", channel="inapp")
    return [row.facts["notice"] for row in rows.filter(user=person)]


def test_both_sides_are_told_once_with_the_note(ana, bo, schedule):
    _, row = planned(schedule, bo)
    write_note(row, "Watch the replica lag.", by=ana)
    service = make_service(make_policy(make_user()))
    service.default_policy.policy.steps.get().targets.update(
        kind="schedule", user=None, schedule=schedule
    )
    make_incident(service)

    assert tell_due_hand_overs(row.at - timedelta(seconds=1)) == 0
    assert tell_due_hand_overs(row.at) == 1
    assert tell_due_hand_overs(row.at) == 0

    assert [one["title"] for one in told(bo)] == ["Payments: You are on call now, after Ana"]
    assert [one["title"] for one in told(ana)] == ["Payments: Your shift is over, Bo has it now"]
    assert "Watch the replica lag." in told(bo)[0]["text"]
    assert "Open incidents: 1" in told(bo)[0]["text"]
    assert told(bo)[0]["url"] == row.get_absolute_url()


@pytest.mark.parametrize(("switch", "expected"), [("tells_starts", (1, 0)), ("tells_ends", (0, 1))])
def test_each_side_has_a_switch_of_its_own(ana, bo, schedule, switch, expected):
    for person in (ana, bo):
        reminders.change_settings(person, [], now=timezone.now(), **{switch: False})
    _, row = planned(schedule, bo)
    tell_due_hand_overs(row.at)

    assert (len(told(ana)), len(told(bo))) == expected


def test_one_that_is_taken_back_is_not_told_and_its_note_is_kept(ana, bo, schedule):
    made, row = planned(schedule, bo)
    write_note(row, "Later.", by=ana)
    overrides.cancel_override(made, by=None)

    assert tell_due_hand_overs(row.at) == 1  # Before that was published.
    assert told(bo) == []
    publish_due(timezone.now())
    assert HandOver.objects.get(note="Later.").done_at


def test_one_that_is_taken_back_and_made_again_is_told_with_its_note(ana, bo, schedule):
    made, row = planned(schedule, bo)
    write_note(row, "Watch the replica lag.", by=ana)
    overrides.cancel_override(made, by=None)
    publish_due(timezone.now())
    made.pk, made.cancelled_at = None, None
    made.save()
    publish_due(timezone.now())

    assert tell_due_hand_overs(row.at) == 1
    (notice,) = told(bo)
    assert "Watch the replica lag." in notice["text"]


def test_one_without_a_note_goes_with_its_shift(ana, bo, schedule):
    made, _ = planned(schedule, bo)
    overrides.cancel_override(made, by=None)
    publish_due(timezone.now())

    assert not HandOver.objects.exists()


def test_the_page_has_what_happened_in_the_shift(client, ana, bo, schedule):
    _, row = planned(schedule, bo)
    service = make_service(make_policy(make_user()))
    Target.objects.update(kind="schedule", user=None, schedule=schedule)
    ana.groups.all().get().user_set.add(ana)
    incident = make_incident(service, title="Disk full", assignee=ana)
    make_incident(make_service(), title="Elsewhere", assignee=ana)
    Change.objects.create(service=service, summary="Release 7", at=timezone.now())
    client.force_login(ana)

    page = client.get(row.get_absolute_url()).content.decode()
    assert incident.title in page
    assert "Elsewhere" not in page
    client.post(row.get_absolute_url(), {"note": "Page the storage team above 5 min"})
    found = client.get(f"/schedules/{schedule.pk}/hand-overs/?q=STORAGE").content.decode()
    assert "Page the storage team" in found
    assert (
        "No note has these words"
        in client.get(f"/schedules/{schedule.pk}/hand-overs/?q=nothing").content.decode()
    )


def test_only_whose_hand_over_it_is_and_managers_write_the_note(client, bo, schedule):
    _, row = planned(schedule, bo)
    for role, status in (("Responder", 403), ("Owner", 302)):
        client.force_login(make_person(role))
        assert client.post(row.get_absolute_url(), {"note": "x"}).status_code == status


def test_the_page_has_what_is_planned_for_the_next_shift(client, ana, bo, schedule):
    _, row = planned(schedule, bo)
    service = make_service(make_policy(make_user()))
    Target.objects.update(kind="schedule", user=None, schedule=schedule)
    mine, other = (
        MaintenanceWindow.objects.create(
            name=name, starts_at=row.at + hours * HOUR, ends_at=row.at + (hours + 1) * HOUR
        )
        for name, hours in (("Move the database", 0), ("After the shift", 2))
    )
    mine.services.add(service)
    other.services.add(service)
    elsewhere = MaintenanceWindow.objects.create(
        name="Elsewhere", starts_at=row.at, ends_at=row.at + HOUR
    )
    elsewhere.services.add(make_service())
    dentist = make_override(schedule, make_user("Cy"), hours=(5.5, 6))
    dentist.reason = "dentist"
    dentist.save()
    make_cover_request(schedule, bo, ana, hours=(6.2, 6.8))
    client.force_login(make_person("Owner"))

    page = client.get(row.get_absolute_url()).content.decode()
    assert "Maintenance: Move the database" in page
    assert "After the shift" not in page
    assert "Elsewhere" not in page
    assert re.search(r"Cy\b.*dentist", page)
    assert "Bo asks for cover" in page


def test_a_shared_channel_is_told_once_where_one_is_chosen(client, ana, bo, schedule):
    channel = make_shared_channel()
    client.force_login(make_person("Owner"))
    data = {"weekly_mail_at": "15:00", "weekly_mail_week": "next"}
    client.post(f"/schedules/{schedule.pk}/settings/", {**data, "hand_over_channel": channel.pk})
    _, row = planned(schedule, bo)
    write_note(row, "Watch the replica lag.", by=ana)
    tell_due_hand_overs(row.at)
    tell_due_hand_overs(row.at)

    (sent,) = Notification.objects.filter(shared_channel=channel)
    assert sent.facts["notice"]["title"] == "Payments: Bo on call now, after Ana"
    assert "Watch the replica lag." in sent.facts["notice"]["text"]


def test_no_channel_is_told_of_one_that_is_taken_back(ana, bo, schedule):
    schedule.hand_over_channel = make_shared_channel()
    schedule.save()
    made, row = planned(schedule, bo)
    overrides.cancel_override(made, by=None)
    tell_due_hand_overs(row.at)

    assert not Notification.objects.filter(shared_channel__isnull=False).exists()


def test_a_webhook_gets_the_words_of_a_notice(outside):
    outside.answers_with(200)
    notice = Notice("Payments: Bo on call now", "Watch the lag.", "/hand-overs/7/")
    notify_channel(make_shared_channel().pk, notice, key="hand-over:7", now=timezone.now())
    run_tasks()

    (body,) = outside.bodies
    assert (body["event"], body["incident"]) == ("notice", None)
    assert (body["message"]["subject"], body["message"]["text"]) == (notice.title, notice.text)
    assert body["message"]["url"].endswith("/hand-overs/7/")


def test_by_the_api_notes_are_read_and_written(ana, bo, schedule):
    _, row = planned(schedule, bo)
    api = script(ana)

    assert api.patch(f"/api/v1/hand-overs/{row.pk}/", {"note": "Watch it"}).status_code == 200
    (found,) = api.get("/api/v1/hand-overs/?search=watch").json()["results"]
    assert (found["incoming"], found["note"]) == ([bo.pk], "Watch it")
    assert api.patch(f"/api/v1/hand-overs/{row.pk}/", {"at": "x"}).status_code == 200
