"""Merges and splits against reports, and against each other."""

import pytest

from escalation.actions import merging
from incidents.models import Alert
from incidents.report import Group
from tests.escalation.reported import fresh, opened, report
from tests.factories import (
    make_report,
    make_service,
)
from tests.threads import race

pytestmark = pytest.mark.django_db


@pytest.mark.django_db(transaction=True)
def test_a_report_against_a_merge_ends_in_one_open_alert_of_the_target():
    service = make_service()

    for number in range(4):
        first, second = opened(service, f"a{number}"), opened(service, f"b{number}")
        found = race(
            lambda: report(make_report(service, key=f"b{number}")),  # noqa: B023
            lambda: merging.merge(first.pk, [second.pk]),  # noqa: B023
        )
        assert not [one for one in found if isinstance(one, Exception)], found
        assert found[0][0].result == "appended"

    homeless = Alert.objects.open().filter(incident__status="resolved")
    assert not homeless.exists()
    assert Alert.objects.open().count() == 8


@pytest.mark.django_db(transaction=True)
def test_a_new_alert_of_a_group_against_a_merge_is_in_an_incident_that_is_open():
    service = make_service()

    for number in range(4):
        group = Group(f"g{number}")
        first, second = opened(service, f"a{number}"), opened(service, f"b{number}", group=group)
        found = race(
            lambda: report(make_report(service, key=f"c{number}", group=group)),  # noqa: B023
            lambda: merging.merge(first.pk, [second.pk]),  # noqa: B023
        )
        assert not [one for one in found if isinstance(one, Exception)], found

    assert not Alert.objects.open().filter(incident__status="resolved").exists()
    assert Alert.objects.open().count() == 12


@pytest.mark.django_db(transaction=True)
def test_of_two_that_are_merged_into_each_other_one_stays():
    service = make_service()

    for number in range(4):
        first, second = opened(service, f"a{number}"), opened(service, f"b{number}")
        found = race(
            lambda: merging.merge(first.pk, [second.pk]),  # noqa: B023
            lambda: merging.merge(second.pk, [first.pk]),  # noqa: B023
        )
        names = sorted(type(one).__name__ for one in found)
        assert names == ["Incident", "IncidentClosed"]
        assert {one.is_resolved for one in fresh(first, second)} == {True, False}


@pytest.mark.django_db(transaction=True)
def test_the_end_of_an_alert_against_its_split_ends_it_once():
    service = make_service()

    for number in range(4):
        group = Group(f"g{number}")
        incident = opened(service, f"a{number}", group=group)
        report(make_report(service, key=f"b{number}", group=group))
        chosen = incident.alerts.get(key=f"b{number}")
        found = race(
            lambda: report(make_report(service, "resolve", key=f"b{number}")),  # noqa: B023
            lambda: merging.split(incident.pk, [chosen.pk]),  # noqa: B023
        )
        assert found[0][0].result == "closed"
        chosen.refresh_from_db()
        assert chosen.closed_at is not None
        assert chosen.incident.is_resolved == (chosen.incident_id != incident.pk)
