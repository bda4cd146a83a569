"""What was merged is taken apart again."""

from datetime import timedelta

import pytest
from django.utils import timezone

from escalation.actions import merging
from incidents.actions import respond
from incidents.errors import (
    IncidentClosed,
    MergedElsewhere,
    NotMerged,
    TooLate,
)
from incidents.models import Merge
from tests.escalation.reported import fresh, opened, report
from tests.factories import (
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


def test_undone_it_is_as_it_was_and_what_is_reported_comes_back(service):
    first, second = opened(service, "a"), opened(service, "b")
    merging.merge(first.pk, [second.pk])
    merging.undo_merge(second.pk)

    [again] = report(make_report(service, key="b"))

    second = fresh(second)
    assert again.incident_id == second.pk
    assert (second.status, second.merged_into, second.resolution) == ("open", None, "")
    assert second.runs.filter(paging_round=2, state="escalating").exists()
    assert first.alerts.count() == 1


def test_undone_who_had_it_has_it_again_and_its_acknowledgement_still_expires():
    policy = make_policy(make_user(), acknowledgement_expires_minutes=60)
    service, ana = make_service(policy), make_user()
    first, second = opened(service, "a"), opened(service, "b")
    respond.acknowledge(second.pk, by=ana)
    merging.merge(first.pk, [second.pk])

    merging.undo_merge(second.pk)

    second = fresh(second)
    assert (second.status, second.assignee) == ("acknowledged", ana)
    run = second.runs.get()
    assert (run.state, run.next_step_at) == ("paused", second.acknowledged_at + minutes(60))


def test_undone_what_was_on_hold_is_on_hold_until_then(service):
    first, second = opened(service, "a"), opened(service, "b")
    until = timezone.now() + minutes(30)
    respond.snooze(second.pk, until)
    merging.merge(first.pk, [second.pk])

    merging.undo_merge(second.pk)

    assert (fresh(second).status, fresh(second).snoozed_until) == ("on_hold", until)


def test_undone_what_was_acknowledged_in_time_is_not_to_be_acknowledged_again(service):
    service = make_service(acknowledge_within_minutes=5, resolve_within_minutes=60)
    first, second, third = (opened(service, key) for key in "abc")
    for one in (second, third):
        respond.acknowledge(one.pk, by=make_user())
    respond.snooze(third.pk, timezone.now() + minutes(30))
    due_at = fresh(second).acknowledge_due_at
    merging.merge(first.pk, [second.pk, third.pk])

    for one in (second, third):
        merging.undo_merge(one.pk)

    second, third = fresh(second, third)
    assert (second.acknowledge_by, second.acknowledge_due_at) == (None, due_at)
    assert second.resolve_by > timezone.now() + minutes(59)
    assert (third.acknowledge_by, third.resolve_by) == (None, None)
    assert third.resolve_remaining_s > 59 * 60


def test_undone_what_has_ended_since_stays_ended(service):
    first, second = opened(service, "a"), opened(service, "b")
    merging.merge(first.pk, [second.pk])
    report(make_report(service, "resolve", key="b"))

    merging.undo_merge(second.pk)

    assert (fresh(second).status, fresh(second).resolution) == ("resolved", "resolved")


def test_undoing_twice_is_undoing_once(service):
    first, second = opened(service, "a"), opened(service, "b")
    merging.merge(first.pk, [second.pk])

    for _ in range(2):
        merging.undo_merge(second.pk)

    assert second.timeline.filter(verb="merge_undone").count() == 1
    assert fresh(second).paging_round == 2


def test_after_a_day_it_is_too_late(service):
    first, second = opened(service, "a"), opened(service, "b")
    merging.merge(first.pk, [second.pk])
    Merge.objects.update(at=timezone.now() - timedelta(hours=24, seconds=1))

    with pytest.raises(TooLate):
        merging.undo_merge(second.pk)


def test_what_was_merged_on_is_taken_apart_from_its_end(service):
    first, second, third = opened(service, "a"), opened(service, "b"), opened(service, "c")
    merging.merge(second.pk, [third.pk])
    merging.merge(first.pk, [second.pk])

    with pytest.raises(MergedElsewhere):
        merging.undo_merge(third.pk)
    merging.undo_merge(second.pk)
    merging.undo_merge(third.pk)

    assert [fresh(one).alerts.count() for one in (first, second, third)] == [1, 1, 1]


def test_only_what_was_merged_is_taken_apart_and_not_from_what_is_over(service):
    first, second = opened(service, "a"), opened(service, "b")
    with pytest.raises(NotMerged):
        merging.undo_merge(second.pk)
    merging.merge(first.pk, [second.pk])
    respond.resolve(first.pk)

    with pytest.raises(IncidentClosed):
        merging.undo_merge(second.pk)
