"""Requests for cover are taken, as a whole, in part or in return, and that is undone."""

from datetime import timedelta

import pytest

from escalation.actions import cover_answers, overrides
from escalation.actions.cover_requests import NotOpen
from escalation.actions.overrides import Span
from escalation.models import Override
from escalation.on_call.cover_facts import proposals
from escalation.on_call.schedule_facts import instant_of
from escalation.schedules.timeline import Piece, Place
from incidents.errors import DomainError, InvalidRequest
from tests.escalation.covers.shifts import on_call, titles
from tests.factories import make_cover_request, make_override

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def test_whoever_takes_it_is_on_call_and_all_are_told(rota):
    schedule, ana, bo, cy = rota
    request = make_cover_request(schedule, ana)

    cover_answers.accept(request.pk, bo)

    request.refresh_from_db()
    assert (request.status, request.taken_by, request.next_look_at) == ("taken", bo, None)
    assert on_call(schedule, request.starts_at - HOUR, request.ends_at + HOUR) == [
        "Ana",
        "Bo",
        "Ana",
    ]
    assert titles(ana)[-1].startswith("Bo has taken it")
    assert titles(cy)[-1].startswith("Bo has taken it")
    made = Override.objects.latest("pk")
    assert (made.origin, made.cover, made.instead_of) == ("cover", request, ana)


def test_who_comes_second_is_told_who_was_first(rota):
    schedule, ana, bo, cy = rota
    request = make_cover_request(schedule, ana)
    cover_answers.accept(request.pk, bo)

    with pytest.raises(NotOpen, match="Bo has taken it"):
        cover_answers.accept(request.pk, cy)


def test_a_part_is_taken_and_the_rest_stays_open(rota):
    schedule, ana, bo, cy = rota
    request = make_cover_request(schedule, ana)
    middle = Span(request.starts_at + HOUR, request.starts_at + 2 * HOUR)

    cover_answers.accept(request.pk, bo, span=middle)

    request.refresh_from_db()
    assert request.status == "partly"
    assert on_call(schedule, request.starts_at, request.ends_at) == ["Ana", "Bo", "Ana"]
    with pytest.raises(NotOpen, match="somebody else has taken that part"):
        cover_answers.accept(request.pk, cy, span=middle)

    cover_answers.accept(request.pk, cy)
    request.refresh_from_db()
    assert request.status == "taken"
    assert on_call(schedule, request.starts_at, request.ends_at) == ["Cy", "Bo", "Cy"]


def test_nobody_takes_their_own_or_what_they_are_on_call_for(rota):
    schedule, ana, bo, _ = rota
    request = make_cover_request(schedule, ana)
    also = make_override(schedule, bo, hours=(49, 50))
    also.kind = "also"
    also.save()

    with pytest.raises(DomainError, match="withdraw it instead"):
        cover_answers.accept(request.pk, ana)
    with pytest.raises(DomainError, match="on call in Payments then yourself"):
        cover_answers.accept(request.pk, bo)


def make_swap(rota):
    """Ana asks, and takes the four hours of Bo after hers in return."""
    schedule, ana, bo, _ = rota
    later = make_override(schedule, bo, hours=(120, 124))
    offer = instant_of(later.starts_at), instant_of(later.ends_at)
    return make_cover_request(schedule, ana, gives_back=[offer]), offer, later


def test_a_swap_is_two_overrides_in_one_transaction(rota):
    schedule, _, bo, _ = rota
    request, offer, later = make_swap(rota)

    cover_answers.accept(request.pk, bo, in_return=offer)

    assert on_call(schedule, request.starts_at, request.ends_at) == ["Bo"]
    assert on_call(schedule, later.starts_at, later.ends_at) == ["Ana"]
    assert {one.origin for one in request.overrides.all()} == {"swap"}


def test_an_offer_that_is_none_takes_nothing(rota):
    schedule, _, bo, cy = rota
    request, offer, _ = make_swap(rota)

    with pytest.raises(InvalidRequest, match="You are not on call then"):
        cover_answers.accept(request.pk, cy, in_return=offer)
    with pytest.raises(InvalidRequest, match="none of the shifts"):
        cover_answers.accept(request.pk, bo, in_return=(offer[0] + 1, offer[1]))
    assert on_call(schedule, request.starts_at, request.ends_at) == ["Ana"]


def test_undoing_a_swap_gives_both_back_and_asks_again(rota):
    schedule, ana, bo, _ = rota
    request, offer, later = make_swap(rota)
    cover_answers.accept(request.pk, bo, in_return=offer)

    cover_answers.undo(request.pk, by=bo)

    request.refresh_from_db()
    assert (request.status, request.taken_by) == ("open", None)
    assert on_call(schedule, request.starts_at, request.ends_at) == ["Ana"]
    assert on_call(schedule, later.starts_at, later.ends_at) == ["Bo"]
    assert "Bo has undone it: you are on call again" in titles(ana)[-1]
    assert not request.overrides.filter(cancelled_at=None).exists()


def test_each_undoes_what_they_have_taken_and_the_asker_everything(rota):
    schedule, ana, bo, cy = rota
    request = make_cover_request(schedule, ana)
    half = Span(request.starts_at, request.starts_at + 2 * HOUR)
    cover_answers.accept(request.pk, bo, span=half)
    cover_answers.accept(request.pk, cy)

    cover_answers.undo(request.pk, by=bo)
    request.refresh_from_db()
    assert request.status == "partly"
    assert on_call(schedule, request.starts_at, request.ends_at) == ["Ana", "Cy"]

    cover_answers.undo(request.pk, by=ana)
    assert on_call(schedule, request.starts_at, request.ends_at) == ["Ana"]
    assert "Ana has undone it" in titles(cy)[-1]
    with pytest.raises(DomainError, match="nothing to undo"):
        cover_answers.undo(request.pk, by=ana)


def test_an_override_of_a_request_is_undone_as_a_whole(rota):
    schedule, ana, bo, _ = rota
    request = make_cover_request(schedule, ana)
    cover_answers.accept(request.pk, bo)

    with pytest.raises(DomainError, match="undo that"):
        overrides.cancel_override(request.overrides.get(), by=bo)


def test_shifts_in_return_are_about_as_long_and_of_those_asked():
    def piece(number, hours, user):
        start = number * 100_000
        return Piece(start, start + int(hours * 3600), (Place(user, "primary", ()),))

    pieces = [piece(1, 4, 2), piece(2, 5.5, 2), piece(3, 3, 2), piece(4, 4, 9), piece(5, 5, 3)]

    found = proposals(pieces, {2, 3}, 4 * 3600, (100_000, 100_001))

    assert [(user, span[0]) for user, span in found] == [(2, 300_000), (3, 500_000)]
