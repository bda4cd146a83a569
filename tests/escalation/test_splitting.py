"""Alerts of an incident begin one of their own."""

import pytest
from django.utils import timezone

from escalation.actions import merging
from incidents.errors import (
    InvalidRequest,
)
from incidents.models import Alert, Incident
from incidents.report import Group
from tests.escalation.reported import fresh, opened, report
from tests.factories import (
    make_policy,
    make_report,
    make_service,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def service():
    return make_service(make_policy(make_user()))


@pytest.fixture
def grouped(service):
    """An incident with three alerts."""
    for key in "abc":
        report(make_report(service, key=key, title=f"Disk {key}", group=Group("g")))
    return Incident.objects.get()


def test_chosen_alerts_begin_an_incident_of_their_own_and_take_their_reports_along(grouped):
    chosen = grouped.alerts.get(key="b")

    new = merging.split(grouped.pk, [chosen.pk])
    [again] = report(make_report(grouped.service, key="b"))

    assert (new.title, new.service, again.incident_id) == ("Disk b", grouped.service, new.pk)
    assert new.runs.get().plan_json == grouped.runs.get().plan_json
    assert grouped.alerts.count() == 2
    [joined] = report(make_report(grouped.service, key="d", group=Group("g")))
    assert joined.incident_id == grouped.pk


def test_who_splits_without_paging_has_it(grouped):
    ana = make_user()

    new = merging.split(
        grouped.pk, [grouped.alerts.get(key="b").pk], pages=False, by=ana, title="Mine"
    )

    new = fresh(new)
    assert (new.title, new.status, new.assignee) == ("Mine", "acknowledged", ana)
    assert not new.runs.exists()


@pytest.mark.parametrize("pages", [True, False])
def test_a_split_keeps_the_priority_and_the_targets_of_the_policy(pages):
    rows = [{"severities": [], "priorities": ["P1"], "acknowledge": None, "resolve": 30}]
    service = make_service(make_policy(make_user(), sla_targets=rows), resolve_within_minutes=90)
    for key in "ab":
        report(make_report(service, key=key, group=Group("g")))
    incident = Incident.objects.get()
    Incident.objects.update(priority="P1")

    new = merging.split(incident.pk, [incident.alerts.first().pk], pages=pages, by=make_user())

    assert (fresh(new).priority, fresh(new).resolve_target_minutes) == ("P1", 30)


def test_a_split_that_leaves_nobody_with_it_is_refused(grouped):
    with pytest.raises(InvalidRequest):
        merging.split(grouped.pk, [grouped.alerts.first().pk], pages=False)


def test_what_tells_nobody_yet_is_split_into_what_tells_nobody_yet(grouped):
    Incident.objects.update(suppressed_reason="maintenance: Works")

    new = merging.split(grouped.pk, [grouped.alerts.get(key="b").pk])

    assert fresh(new).suppressed_reason == "maintenance: Works"
    assert new.runs.get().state == "suppressed"


def test_alerts_that_cannot_be_split_off_are_refused_by_their_field(grouped, service):
    alien = opened(service, "z").alerts.get().pk
    closed = grouped.alerts.get(key="a")
    Alert.objects.filter(pk=closed.pk).update(closed_at=timezone.now())
    every = list(grouped.alerts.values_list("pk", flat=True))

    for ids in ([], [alien], every, [closed.pk], [2**62]):
        with pytest.raises(InvalidRequest, match=r"^alerts: "):
            merging.split(grouped.pk, ids)
