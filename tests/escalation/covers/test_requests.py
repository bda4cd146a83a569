"""Somebody asks for cover: whom it asks, what cannot be, and what is still open of it."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from escalation.actions import cover_answers, cover_requests
from escalation.actions.cover_requests import CoverDraft, NotOpen, ask_for_cover
from escalation.actions.overrides import NotOnCall, Span
from escalation.on_call.cover_facts import open_spans
from escalation.on_call.schedule_facts import instant_of
from escalation.schedules.hours import count_nights
from incidents.errors import DomainError, InvalidRequest
from tests.escalation.covers.shifts import on_call, titles
from tests.factories import make_cover_request, make_override

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def test_the_others_of_the_ring_are_asked_and_the_asker_stays_on_call(rota):
    schedule, ana, bo, cy = rota

    request = make_cover_request(schedule, ana, message="dentist")

    assert {one.user for one in request.invitations.all()} == {bo, cy}
    assert on_call(schedule, request.starts_at) == ["Ana"]
    (title,) = titles(bo)
    assert title.startswith("Ana asks for cover: Payments, ")
    assert not titles(ana)


def test_who_is_not_on_call_then_has_nothing_to_give_away(rota):
    schedule, _, bo, _ = rota

    with pytest.raises(NotOnCall, match="On call is: Ana"):
        make_cover_request(schedule, bo)


@pytest.mark.parametrize("hours", [(5, 5), (-5, -4), (24 * 800, 24 * 801)])
def test_a_span_that_cannot_be_is_refused(rota, hours):
    schedule, ana, *_ = rota

    with pytest.raises(InvalidRequest, match="ends_at"):
        make_cover_request(schedule, ana, hours=hours)


def test_the_same_is_not_asked_twice(rota):
    schedule, ana, *_ = rota
    make_cover_request(schedule, ana)

    with pytest.raises(DomainError, match="already"):
        make_cover_request(schedule, ana, hours=(51, 60))


def test_withdrawn_is_asked_of_nobody(rota):
    schedule, ana, bo, _ = rota
    request = make_cover_request(schedule, ana)

    cover_requests.withdraw(request.pk, by=ana)
    cover_requests.withdraw(request.pk, by=ana)

    with pytest.raises(NotOpen, match="Ana does not ask any more"):
        cover_answers.accept(request.pk, bo)
    assert len([one for one in titles(bo) if one.startswith("No cover is needed")]) == 1


@pytest.mark.parametrize(
    ("start", "end", "nights"),
    [
        ("2026-03-02T09:00", "2026-03-09T09:00", 7),
        ("2026-03-02T09:00", "2026-03-02T17:00", 0),
        ("2026-03-02T03:00", "2026-03-02T05:00", 1),
        ("2026-03-02T23:00", "2026-03-03T01:00", 1),
        ("2026-03-28T21:00", "2026-03-29T06:00", 1),
        ("2026-03-02T06:00", "2026-03-02T22:00", 0),
    ],
)
def test_nights_are_counted_by_the_clock_of_the_reader(start, end, nights):
    berlin = ZoneInfo("Europe/Berlin")
    first, last = (
        instant_of(datetime.fromisoformat(text).replace(tzinfo=berlin)) for text in (start, end)
    )

    assert count_nights(first, last, berlin) == nights


def test_open_spans_are_when_the_asker_is_still_on_call(rota):
    schedule, ana, bo, _ = rota
    request = make_cover_request(schedule, ana)
    taken = make_override(schedule, bo, hours=(49, 50))

    first, second = open_spans(request, timezone.now())

    assert first == (instant_of(request.starts_at), instant_of(taken.starts_at))
    assert second == (instant_of(taken.ends_at), instant_of(request.ends_at))


def test_asking_draws_nobody_who_cannot_be_paged(rota):
    schedule, ana, bo, cy = rota
    bo.is_active = False
    bo.save()
    draft = CoverDraft(Span(timezone.now() + HOUR, timezone.now() + 2 * HOUR), asked=[bo])

    with pytest.raises(InvalidRequest, match="asked"):
        ask_for_cover(schedule, ana, draft, by=ana)
    assert make_cover_request(schedule, ana).invitations.get().user == cy
