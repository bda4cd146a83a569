"""Whoever takes over confirms it; until then whoever hands over stays on call as well."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from escalation.actions import leases
from escalation.actions.absences import add_absence
from escalation.actions.confirmations import PAGE, confirm, tell_unconfirmed
from escalation.actions.hand_overs import tell_due_hand_overs
from escalation.actions.overrides import Span
from escalation.actions.publish_shifts import publish_due
from escalation.answer_links import answer_path
from escalation.coverage.row_findings import row_findings
from escalation.models import HandOver, Override, PlannedReminder, Schedule, ScheduleChange
from escalation.on_call.schedule_facts import instant_of, load
from escalation.schedules.resolver import who
from incidents.errors import DomainError
from notifications.models import Notification
from tests.api import make_person, script
from tests.factories import make_override, make_schedule, make_team, make_user, minutes
from tests.pages import browser, words

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def ana():
    return make_user("Ana")


@pytest.fixture
def bo():
    return make_person("Responder", name="Bo")


@pytest.fixture
def boss():
    return make_user("Mia")


@pytest.fixture
def schedule(ana, boss):
    team = make_team(boss, is_manager=True)
    return make_schedule(ana, name="Payments", team=team, confirms_hand_overs=True)


@pytest.fixture
def hand_over(schedule, bo):
    """Bo takes over from Ana for a day, and is asked at that time."""
    row = planned(schedule, bo)
    tell_due_hand_overs(row.at)
    row.refresh_from_db()
    return row


def planned(schedule, *people, hours=(5, 29)):
    made = make_override(schedule, *people, hours=hours)
    publish_due(timezone.now())
    Notification.objects.all().delete()
    return HandOver.objects.get(at=made.starts_at)


def on_call(schedule, at):
    facts = load([schedule], at, at + minutes(1))[schedule.pk]
    return {place.user for place in who(facts, instant_of(at))}


def titles(person):
    rows = Notification.objects.filter(user=person, channel="inapp").order_by("pk")
    return [row.facts["notice"]["title"] for row in rows]


def defects(now):
    found = row_findings(now, now + HOUR)
    return [one.facts["people"] for one in found if one.kind == "unconfirmed"]


def test_whoever_hands_over_stays_on_call_for_four_hours_at_most(hand_over, schedule, ana, bo):
    ends = hand_over.at + 4 * HOUR

    found = [on_call(schedule, at) for at in (hand_over.at, ends - minutes(1), ends)]

    assert found == [{ana.pk, bo.pk}, {ana.pk, bo.pk}, {bo.pk}]
    (asked,), (stays,) = titles(bo), titles(ana)
    assert asked == "Payments: Confirm that you are on call now, after Ana"
    assert stays.startswith("Payments: Bo takes over, you stay on call until they confirm, or ")
    assert Notification.objects.get(user=bo, channel="email").urgent
    publish_due(timezone.now())
    assert titles(ana) == [stays]  # That they are on call as well is said already.


def test_by_confirming_whoever_stayed_is_relieved(hand_over, schedule, ana, bo):
    at = hand_over.at + minutes(10)

    for _ in range(2):
        confirm(hand_over, bo, now=at)

    assert on_call(schedule, at) == {bo.pk}
    assert tell_unconfirmed(at + HOUR) == 0
    assert defects(at + HOUR) == []


def test_the_link_of_the_message_confirms_by_a_button_without_a_login(
    client, hand_over, schedule, ana, bo
):
    link = Notification.objects.get(user=bo, channel="inapp").facts["notice"]["url"]
    at = hand_over.at + minutes(1)

    shown, _ = client.get(link), client.head(link)
    before = on_call(schedule, at)
    done, again = client.post(link), client.get(link)

    assert "You are on call now After Ana" in words(shown)
    assert "I have it" in words(shown)
    assert before == {ana.pk, bo.pk}
    assert "You have it" in words(done)
    assert "You have it" in words(again)
    assert done["Referrer-Policy"] == "no-referrer"
    assert on_call(schedule, at) == {bo.pk}


def test_a_link_confirms_for_its_person_and_its_hand_over_alone(client, hand_over, ana, bo):
    now = timezone.now()
    old = answer_path(PAGE, hand_over.pk, bo.pk, now=now - timedelta(days=31))
    links = {
        404: [
            answer_path(PAGE, hand_over.pk, ana.pk, now=now),
            answer_path(PAGE, hand_over.pk + 1, bo.pk, now=now),
            reverse(PAGE, args=["x"]),
            answer_path("cover", hand_over.pk, bo.pk, now=now).replace("cover", "hand-over"),
        ],
        410: [old],
    }

    for status, paths in links.items():
        assert {client.post(path).status_code for path in paths} == {status}
    assert not hand_over.confirmations.exclude(confirmed_at=None).exists()


def test_nobody_else_confirms(hand_over, schedule, ana, bo):
    with pytest.raises(DomainError, match="not asked"):
        confirm(hand_over, ana, now=hand_over.at)

    assert on_call(schedule, hand_over.at) == {ana.pk, bo.pk}


def test_after_half_an_hour_they_are_asked_again_and_the_managers_know(hand_over, ana, bo, boss):
    counts = [tell_unconfirmed(hand_over.at + minutes(after)) for after in (29, 30, 31)]

    assert counts == [0, 1, 0]
    assert titles(bo)[1:] == ["Payments: Confirm that you have taken over"]
    for person in (ana, boss):
        assert titles(person)[-1] == "Payments: Bo has not confirmed the hand-over"
    said = Notification.objects.get(user=boss, channel="inapp").facts["notice"]["text"]
    assert "Ana stays on call as well until then, or until" in said
    assert defects(hand_over.at + HOUR) == [[bo.pk]]
    confirm(hand_over, bo, now=hand_over.at + HOUR)
    assert defects(hand_over.at + HOUR) == []


def test_two_who_stay_are_named_together(schedule, ana, bo, boss):
    make_override(schedule, ana, make_user("Di"), hours=(4, 5))
    row = planned(schedule, bo)
    tell_due_hand_overs(row.at)
    tell_unconfirmed(row.at + minutes(30))

    said = Notification.objects.filter(user=boss, channel="inapp").last().facts["notice"]["text"]
    assert "Ana and Di stay on call as well until then" in said


def test_where_somebody_else_has_taken_over_nobody_is_told(hand_over, schedule, bo):
    make_override(schedule, make_user("Cy"), hours=(1, 28))

    assert tell_unconfirmed(hand_over.at + minutes(31)) == 1

    assert len(titles(bo)) == 1
    assert defects(hand_over.at + HOUR) == []


def test_whoever_is_away_from_then_on_does_not_stay(schedule, ana, bo):
    row = planned(schedule, bo)
    add_absence(ana, Span(row.at, row.at + 24 * HOUR), cover=make_user("Ivy"))

    tell_due_hand_overs(row.at)

    assert on_call(schedule, row.at) == {bo.pk}
    assert titles(ana) == ["Payments: Your shift is over, Bo has it now"]


def test_whoever_was_off_before_does_not_come_back(schedule, ana, bo):
    make_override(schedule, make_user("Cy"), hours=(1, 3))
    off = Override.objects.get()
    off.kind, off.people = "nobody", []
    off.ends_at = timezone.now() + 5 * HOUR
    off.save()
    row = planned(schedule, bo)

    tell_due_hand_overs(row.at)

    assert row.outgoing == [ana.pk]
    assert on_call(schedule, row.at) == {bo.pk}


def test_they_stay_no_longer_than_the_shift_lasts(schedule, bo):
    row = planned(schedule, bo, hours=(5, 6))

    tell_due_hand_overs(row.at)

    row.refresh_from_db()
    assert row.overlap.ends_at == row.at + HOUR


def test_a_schedule_that_asks_for_nothing_relieves_at_once(schedule, bo):
    Schedule.objects.update(confirms_hand_overs=False)
    row = planned(schedule, bo)

    tell_due_hand_overs(row.at)

    assert on_call(schedule, row.at) == {bo.pk}
    assert not row.confirmations.exists()


def test_the_scheduler_wakes_when_a_confirmation_is_late(hand_over):
    for other in (ScheduleChange, PlannedReminder):
        other.objects.all().delete()
    due_at = hand_over.at + minutes(30)

    looks = [leases.look(at).due for at in (due_at - minutes(1), due_at)]

    assert ["tell_on_call" in due for due in looks] == [False, True]


def test_it_is_confirmed_on_its_page_and_by_the_api(hand_over, bo):
    page, path = browser(bo), hand_over.get_absolute_url()
    other = browser(make_person("Owner")).get(path).content.decode()
    assert "I have it" in page.get(path).content.decode()
    assert "I have it" not in other

    page.post(f"{path}confirm/")

    assert "Bo: has it since" in words(page.get(path))
    answer = script(bo).post(f"/api/v1/hand-overs/{hand_over.pk}/confirm/")
    assert answer.status_code == 200
    (row,) = answer.json()["confirmations"]
    assert row["user"] == bo.pk
    assert row["confirmed_at"]


def test_managers_choose_it_in_the_settings_of_the_schedule(schedule):
    client, path = browser(make_person("Owner")), f"/schedules/{schedule.pk}/settings/"
    data = {"weekly_mail_at": "15:00", "weekly_mail_week": "next"}

    found = []
    for extra in ({}, {"confirms_hand_overs": "on"}):
        client.post(path, {**data, **extra})
        found.append(Schedule.objects.get().confirms_hand_overs)

    assert found == [False, True]
