"""As time goes by without an answer: who is reminded, and who is told that nobody came."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from escalation.actions import cover_answers, cover_reminders, cover_requests
from escalation.models import CoverRequest
from incidents.models import Membership
from tests.escalation.covers.shifts import on_call, titles
from tests.factories import make_cover_request, make_override, make_team, make_user

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def test_where_all_say_no_the_asker_is_told(rota):
    schedule, ana, bo, cy = rota
    request = make_cover_request(schedule, ana)

    cover_requests.decline(request.pk, bo)
    assert not titles(ana)
    cover_requests.decline(request.pk, cy)

    assert titles(ana)[-1].startswith("All who were asked have said no: you are on call")


def at(request, **before):
    return request.starts_at - timedelta(**before)


def test_who_has_not_answered_is_reminded_once_for_each_time(rota):
    schedule, ana, bo, cy = rota
    request = make_cover_request(schedule, ana, hours=(30, 34))
    cover_requests.decline(request.pk, cy)

    for before in (29, 24, 23, 12, 11):
        cover_reminders.look_at_due(at(request, hours=before))

    assert len([one for one in titles(bo) if one.startswith("Still open")]) == 2
    assert not [one for one in titles(cy) if one.startswith("Still open")]


def test_early_reminders_wait_for_the_hours_of_work_of_the_receiver(rota):
    schedule, ana, bo, _ = rota
    make_override(schedule, ana, hours=(100, 3000))
    monday = datetime(2027, 2, 1, 2, tzinfo=UTC)  # 03:00 in Berlin, on a Monday
    request = make_cover_request(schedule, ana)
    CoverRequest.objects.filter(pk=request.pk).update(
        starts_at=monday + timedelta(days=3), ends_at=monday + timedelta(days=3, hours=4)
    )
    make_override(schedule, ana, hours=(0, 24 * 100))

    cover_reminders.look_at_due(monday + timedelta(minutes=1))
    assert not [one for one in titles(bo) if one.startswith("Still open")]

    cover_reminders.look_at_due(monday + timedelta(hours=6, minutes=5))
    assert len([one for one in titles(bo) if one.startswith("Still open")]) == 1


def test_where_nobody_answers_the_asker_and_the_managers_are_told_three_times(rota):
    schedule, ana, _, _ = rota
    manager = make_user("Mia")
    schedule.team = make_team(manager)
    schedule.save()
    Membership.objects.update(is_manager=True)
    request = make_cover_request(schedule, ana)

    for before in (25, 24, 20, 12, 1, 0):
        cover_reminders.look_at_due(at(request, hours=before))

    request.refresh_from_db()
    assert request.status == "expired"
    for person in (ana, manager):
        assert len([one for one in titles(person) if one.startswith("Nobody")]) == 3
    assert on_call(schedule, request.starts_at, request.ends_at) == ["Ana"]


def test_a_shift_that_runs_may_be_asked_for_and_is_asked_until_its_end(rota):
    schedule, ana, bo, _ = rota
    request = make_cover_request(schedule, ana, hours=(-1, 3))
    assert abs(request.starts_at - timezone.now()) < timedelta(seconds=5)

    cover_reminders.look_at_due(request.made_at + timedelta(minutes=16))
    assert titles(ana)[-1].startswith("Nobody has taken it: you are on call")
    request.refresh_from_db()
    assert request.is_open

    cover_answers.accept(request.pk, bo)
    assert on_call(schedule, timezone.now() + timedelta(seconds=5)) == ["Bo"]


def test_what_an_override_has_done_is_not_asked_for_any_more(rota):
    schedule, ana, bo, _ = rota
    request = make_cover_request(schedule, ana)
    make_override(schedule, bo, hours=(40, 60))

    cover_reminders.look_at_due(timezone.now() + HOUR)

    request.refresh_from_db()
    assert (request.status, request.taken_by) == ("taken", None)
