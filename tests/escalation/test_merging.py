"""Incidents become one, and are taken apart again."""

import pytest
from django.utils import timezone

from escalation.actions import merging, restart
from incidents.actions import respond
from incidents.errors import (
    IncidentClosed,
    InvalidRequest,
    MergedElsewhere,
)
from incidents.models import Incident, Merge
from incidents.report import Group
from notifications.actions.updates import notify_status_updates
from tests.escalation.reported import fresh, opened, report
from tests.factories import (
    make_page,
    make_policy,
    make_report,
    make_service,
    make_user,
    minutes,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def service():
    return make_service(make_policy(make_user()))


def test_the_alerts_move_and_the_other_ends_as_merged_with_the_reason(service):
    first, second, ana = opened(service, "a"), opened(service, "b"), make_user()

    merging.merge(first.pk, [second.pk], reason="One cause", by=ana, via="web")

    first, second = fresh(first, second)
    assert (second.status, second.resolution, second.merged_into) == ("resolved", "merged", first)
    assert first.alerts.filter(closed_at=None).count() == 2
    assert second.timeline.last().text == f"Into #{first.pk}: One cause"
    assert second.runs.get().state == "finished"
    assert first.runs.get().state == "escalating"


def test_what_is_reported_of_a_moved_alert_goes_to_the_target(service):
    first, second = opened(service, "a"), opened(service, "b")
    merging.merge(first.pk, [second.pk])

    again, worse, ended = report(
        make_report(service, key="b"),
        make_report(service, "update", key="b", title="Still"),
        make_report(service, "resolve", key="b"),
    )

    assert {again.incident_id, worse.incident_id, ended.incident_id} == {first.pk}
    assert [again.result, worse.result, ended.result] == ["appended", "updated", "closed"]
    assert not fresh(first).is_resolved
    report(make_report(service, "resolve", key="a"))
    assert fresh(first).is_resolved


def test_after_its_end_a_moved_alert_opens_an_incident_of_its_own(service):
    first, second = opened(service, "a"), opened(service, "b")
    merging.merge(first.pk, [second.pk])
    report(make_report(service, "resolve", key="b"))

    assert opened(service, "b").pk not in (first.pk, second.pk)


def test_new_alerts_of_a_merged_group_join_the_target_wherever_that_went(service):
    group = Group("g")
    grouped = opened(service, "a", group=group)
    first, last = opened(service, "b"), opened(make_service(), "c")
    merging.merge(first.pk, [grouped.pk])
    merging.merge(last.pk, [first.pk])

    [joined] = report(make_report(service, key="d", group=group))

    assert joined.incident_id == last.pk


def test_new_alerts_of_a_merged_group_begin_anew_once_the_target_is_over_or_its_time_is(service):
    ended = opened(service, "a", group=Group("g"))
    timed = opened(service, "b", group=Group("h", until=timezone.now() + minutes(1)))
    first = opened(service, "c")
    merging.merge(first.pk, [ended.pk, timed.pk])
    Merge.objects.filter(source=timed).update(group_until=timezone.now())

    [late] = report(make_report(service, key="d", group=Group("h")))
    respond.resolve(first.pk)
    [after] = report(make_report(service, key="e", group=Group("g")))

    assert first.pk not in (late.incident_id, after.incident_id)


def test_merging_twice_is_merging_once(service):
    first, second = opened(service, "a"), opened(service, "b")

    for _ in range(2):
        merging.merge(first.pk, [second.pk])

    assert first.timeline.filter(verb="merged").count() == 1
    assert Merge.objects.count() == 1


def test_whoever_was_paged_for_the_other_is_told_once(service):
    ana = make_user()
    first, second = opened(service, "a"), opened(service, "b")
    make_page(second, ana)
    second.notifications.update(state="sent")

    merging.merge(first.pk, [second.pk])
    for _ in range(2):
        notify_status_updates()

    told = ana.notifications.filter(event="incident.merged")
    assert [row.incident_id for row in told] == [second.pk]
    assert not ana.notifications.filter(event="incident.resolved").exists()


def test_a_shared_channel_hears_of_the_one_that_ended_and_not_of_the_target(service):
    first, second = opened(service, "a"), opened(service, "b")

    merging.merge(first.pk, [second.pk])

    waiting = first.timeline.filter(verb="merged", is_announced=False)
    assert not waiting.exists()
    assert second.timeline.filter(verb="merged", is_announced=False).count() == 1


def test_the_target_is_as_bad_as_the_worst(service):
    first = opened(service, "a", severity="warning")
    second = opened(service, "b", severity="critical")

    merging.merge(first.pk, [second.pk])

    assert (fresh(first).severity, fresh(first).urgency) == ("critical", "high")


def test_what_nobody_has_and_is_worse_pages_again_where_it_goes(service):
    first = opened(service, "a", severity="warning")
    respond.acknowledge(first.pk, by=make_user())
    second = opened(service, "b", severity="critical")

    merging.merge(first.pk, [second.pk])

    first = fresh(first)
    assert (first.status, first.paging_round) == ("open", 2)
    assert first.runs.filter(paging_round=2, state="escalating").exists()


@pytest.mark.parametrize("severity", ["warning", "info"])
def test_what_is_no_worse_leaves_an_acknowledged_target_as_it_is(service, severity):
    first = opened(service, "a", severity="warning")
    respond.acknowledge(first.pk, by=make_user())

    merging.merge(first.pk, [opened(service, "b", severity=severity).pk])

    assert fresh(first).status == "acknowledged"


def test_what_somebody_has_pages_nobody_anew_however_bad(service):
    first = opened(service, "a", severity="warning")
    second = opened(service, "b", severity="critical")
    for one in (first, second):
        respond.acknowledge(one.pk, by=make_user())

    merging.merge(first.pk, [second.pk])

    assert fresh(first).status == "acknowledged"


def test_what_pages_does_not_vanish_in_what_tells_nobody(service):
    first, second = opened(service, "a"), opened(service, "b")
    Incident.objects.filter(pk=first.pk).update(suppressed_reason="maintenance: Works")

    with pytest.raises(InvalidRequest, match="tells nobody yet"):
        merging.merge(first.pk, [second.pk])

    assert not fresh(second).is_resolved


def test_no_test_becomes_a_part_of_what_is_real(service):
    first, second = opened(service, "a"), opened(service, "b", is_test=True)

    for pair in ((first, second), (second, first)):
        with pytest.raises(InvalidRequest, match="is a test"):
            merging.merge(pair[0].pk, [pair[1].pk])


def test_nothing_is_merged_with_itself_or_with_what_is_over(service):
    first, second = opened(service, "a"), opened(service, "b")
    with pytest.raises(InvalidRequest):
        merging.merge(first.pk, [first.pk])
    respond.resolve(second.pk)

    for pair in ((first, second), (second, first)):
        with pytest.raises(IncidentClosed):
            merging.merge(pair[0].pk, [pair[1].pk])


def test_a_merged_incident_is_not_reopened_beside_the_other(service):
    first, second = opened(service, "a"), opened(service, "b")
    merging.merge(first.pk, [second.pk])

    with pytest.raises(MergedElsewhere):
        restart.reopen(second.pk)
