"""Red defects that begin soon are an incident of the portal itself, where it is wanted."""

from datetime import timedelta

import pytest
from django.utils import timezone

from escalation.actions import coverage, coverage_incidents
from escalation.models import CoverageDefect
from incidents.actions import respond
from incidents.models import Alert, Incident, Service
from incidents.own_service import PORTAL_SERVICE
from notifications.models import Notification
from tests.escalation.coverage.policies import leave_empty, policy_of
from tests.factories import make_catch_all, make_user

pytestmark = pytest.mark.django_db
LATER = timedelta(minutes=20)


@pytest.fixture(autouse=True)
def two_days(settings):
    settings.COVERAGE_INCIDENT_HOURS = 48


def look(now):
    coverage.review(now)
    return coverage_incidents.report_red(now)


def test_what_begins_soon_and_lasts_pages_once_and_ends_when_it_is_mended(rota):
    make_catch_all(last := make_user())
    policy_of(rota)
    override = leave_empty(rota, make_user())
    now = timezone.now()

    assert look(now) == 0  # Whoever is editing may mend it first.
    assert [look(now + times * LATER) for times in (1, 2)] == [1, 0]
    incident = Incident.objects.get()
    override.delete()
    assert look(now + 3 * LATER) == 1

    paged = Notification.objects.filter(incident=incident, event="incident.triggered")
    assert incident.service.name == PORTAL_SERVICE
    assert "pages nobody by any step" in incident.title
    assert {row.user for row in paged} == {last}
    incident.refresh_from_db()
    assert incident.is_resolved


def test_several_are_one_incident_that_ends_with_the_last(rota):
    first, second = policy_of(rota), policy_of(rota)
    leave_empty(rota, make_user())
    now = timezone.now()
    look(now)
    look(now + LATER)
    first.services.all().delete()  # It is in use no more.
    look(now + 2 * LATER)
    half = Incident.objects.get()
    second.services.all().delete()
    look(now + 3 * LATER)

    assert Alert.objects.count() == 2
    assert not half.is_resolved
    assert Incident.objects.get().is_resolved


def test_who_resolves_or_ignores_it_is_not_told_again(rota):
    policy_of(rota)
    leave_empty(rota, make_user())
    now = timezone.now()
    look(now)
    look(now + LATER)
    respond.resolve(Incident.objects.get().pk)
    again = look(now + 2 * LATER)
    CoverageDefect.objects.update(ignored_until=now + timedelta(days=2))
    ignored = look(now + 3 * LATER)

    assert (again, ignored, Incident.objects.count()) == (0, 0, 1)


@pytest.mark.parametrize("hours", [0, 12])
def test_what_begins_later_or_is_not_wanted_opens_nothing(rota, settings, hours):
    settings.COVERAGE_INCIDENT_HOURS = hours
    policy_of(rota)
    leave_empty(rota, make_user())  # tomorrow
    now = timezone.now()
    look(now)

    assert look(now + LATER) == 0
    assert not Service.objects.filter(name=PORTAL_SERVICE).exists()


def test_a_defect_that_is_ignored_closes_it(rota):
    policy_of(rota)
    leave_empty(rota, make_user())
    now = timezone.now()
    look(now)
    look(now + LATER)
    CoverageDefect.objects.update(ignored_until=now + timedelta(days=2))

    assert look(now + 2 * LATER) == 1
    assert Incident.objects.get().is_resolved
