"""An override is changed to other times, from now on, and that is undone for ten minutes."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from escalation.actions.overrides import Span, cancel_override, change_override, undo_change
from escalation.models import Override
from escalation.on_call.schedule_facts import instant_of, load
from escalation.schedules.resolver import who
from incidents.errors import DomainError, InvalidRequest
from tests.api import make_person
from tests.factories import make_override, make_schedule, make_user, minutes
from tests.pages import browser

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def ana():
    return make_user("Ana")


@pytest.fixture
def bo():
    return make_person("Responder", name="Bo")


@pytest.fixture
def override(ana, bo):
    """Bo instead of everybody, in an hour for an hour."""
    return make_override(make_schedule(ana), bo)


def on_call(override, at):
    facts = load([override.schedule], at, at + minutes(1))[override.schedule_id]
    return [place.user for place in who(facts, instant_of(at))]


def test_the_same_people_are_on_call_at_the_other_times_alone(override, ana, bo):
    starts, ends = override.starts_at, override.ends_at

    made = change_override(override, Span(starts + HOUR, ends + HOUR), by=bo)

    found = [on_call(override, at) for at in (starts, ends, ends + HOUR)]
    assert found == [[ana.pk], [bo.pk], [ana.pk]]
    assert (made.replaces, made.made_by, made.people) == (override, bo, override.people)


def test_one_that_has_begun_keeps_its_past_and_gets_another_end(override, ana, bo):
    began = timezone.now().replace(microsecond=0) - HOUR
    Override.objects.update(starts_at=began)

    made = change_override(override, Span(began - HOUR, override.ends_at + HOUR), by=None)

    assert on_call(override, began) == [bo.pk]
    assert on_call(override, override.ends_at) == [bo.pk]
    assert made.starts_at == Override.objects.get(pk=override.pk).cancelled_at


def test_it_is_undone_within_ten_minutes(override, ana, bo):
    made = change_override(override, Span(override.starts_at, override.ends_at + HOUR), by=bo)

    undone = undo_change(made, by=bo)

    assert (undone.starts_at, undone.ends_at) == (override.starts_at, override.ends_at)
    assert on_call(override, override.ends_at) == [ana.pk]
    Override.objects.filter(pk=undone.pk).update(made_at=timezone.now() - minutes(11))
    with pytest.raises(DomainError, match="ten minutes"):
        undo_change(Override.objects.get(pk=undone.pk), by=bo)


def test_what_is_over_cancelled_or_not_made_by_hand_has_its_times(override):
    span = Span(override.starts_at, override.ends_at + HOUR)
    with pytest.raises(InvalidRequest, match="end after"):
        change_override(override, Span(override.ends_at, override.starts_at), by=None)
    Override.objects.update(origin="import")
    with pytest.raises(DomainError, match="by hand"):
        change_override(override, span, by=None)
    Override.objects.update(origin="manual")
    cancel_override(override, by=None)
    with pytest.raises(DomainError, match="cancelled"):
        change_override(override, span, by=None)
    assert Override.objects.count() == 1


def test_the_page_changes_it_and_offers_to_undo(override, bo):
    client = browser(bo)
    detail, path = override.schedule.get_absolute_url(), f"/overrides/{override.pk}/times/"
    later = override.ends_at + HOUR
    assert f'data-edges="{path} ' in client.get(detail).content.decode()
    assert "Undo" not in client.get(detail).content.decode()
    page = client.get(f"{path}?until={instant_of(later)}").content.decode()
    zone = override.schedule.zone

    answer = client.post(path, {"starts": local(override.starts_at), "ends": local(later)})

    assert answer.status_code == 302
    assert local(later) in page
    assert zone in page
    made = Override.objects.get(cancelled_at=None)
    assert made.ends_at == later.replace(second=0)
    assert "Undo" in client.get(detail).content.decode()
    client.post(f"/overrides/{made.pk}/undo/")
    assert Override.objects.get(cancelled_at=None).ends_at == override.ends_at


def test_nobody_changes_what_others_made_for_others(override):
    assert browser(make_person("Responder")).get(
        f"/overrides/{override.pk}/times/"
    ).status_code in (
        403,
        404,
    )


def local(at):
    return f"{at.astimezone(ZoneInfo('Europe/Berlin')):%Y-%m-%dT%H:%M}"
