"""Incidents are linked."""

import pytest

from incidents.actions import links
from incidents.models import IncidentLink
from tests.escalation.reported import fresh, opened
from tests.factories import (
    make_policy,
    make_service,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def service():
    return make_service(make_policy(make_user()))


def test_a_link_has_no_effect_but_on_both_timelines(service):
    first, second = opened(service, "a"), opened(service, "b")

    for _ in range(2):
        links.link(first.pk, second.pk, kind="caused_by")

    assert [one.timeline.get(verb="linked").text for one in (first, second)] == [
        f"Caused by #{second.pk}",
        f"The cause of #{first.pk}",
    ]
    assert {fresh(one).status for one in (first, second)} == {"open"}


def test_two_incidents_are_one_thing_to_each_other(service):
    first, second = opened(service, "a"), opened(service, "b")
    links.link(first.pk, second.pk, kind="caused_by")
    links.link(second.pk, first.pk, kind="related")
    links.link(first.pk, second.pk, kind="related")

    assert [row.kind for row in IncidentLink.objects.all()] == ["related"]
    for _ in range(2):
        links.unlink(first.pk, second.pk)
    assert not IncidentLink.objects.exists()
    assert first.timeline.filter(verb="unlinked").count() == 1
