from datetime import timedelta

import pytest
from django.utils import timezone

from escalation.actions import start
from escalation.why.preview import first_recipients, run_preview
from incidents.actions import open as incident_open
from incidents.actions import respond
from tests.escalation.policies import condition
from tests.factories import add_step, make_catch_all, make_policy, make_service, make_user

pytestmark = pytest.mark.django_db


def started(policy):
    return start.open_incident(make_service(policy), "Disk full")


def told(stop):
    return [one.name for one in stop.recipients]


def test_the_next_step_stands_out_with_its_time():
    ana, bo = make_user("Ana"), make_user("Bo")
    incident = started(make_policy(ana, bo))

    found = run_preview(incident)

    assert [stop.state for stop in found.steps] == ["done", "next", "later"]
    assert told(found.steps[1]) == ["Bo"]
    assert found.steps[1].at == found.run.next_step_at


def test_a_retry_is_the_same_step_again():
    ana = make_user("Ana")
    policy = make_policy()
    add_step(policy, ana, retries=2, retry_seconds=60)
    add_step(policy, make_user())

    first = run_preview(started(policy)).steps[0]

    assert (first.state, first.note) == ("next", "again, 1 of 2")


def test_whoever_has_it_has_silenced_the_rest():
    incident = started(make_policy(make_user(), make_user()))

    found = run_preview(respond.acknowledge(incident.pk, by=make_user()))

    assert not found.is_paging
    assert "next" not in {stop.state for stop in found.steps}


def test_at_the_end_stands_the_catch_all():
    make_catch_all(make_user("Last Resort"))
    incident = started(make_policy(make_user("Ana")))

    last = run_preview(incident).steps[-1]

    assert (last.name, last.state, told(last)) == ("Catch-all", "next", ["Last Resort"])


def test_an_incident_that_never_paged_has_no_preview():
    incident = incident_open.open_incident(make_service(), "By hand")

    assert run_preview(incident) is None


def test_who_is_told_first_skips_a_step_of_nobody():
    bo = make_user("Bo")
    with_gap = make_service(make_policy([], bo))
    without = make_service()

    found = first_recipients([with_gap, without])

    assert [one.name for one in found[with_gap.pk][1]] == ["Bo"]
    assert found[without.pk] == (None, [])


def test_who_is_told_first_depends_on_the_support_hours_of_the_service():
    policy = make_policy(make_user("Ana"), make_user("Bo"))
    policy.steps.filter(position=0).update(when=condition("hours", "within", "service"))
    tomorrow = f"{timezone.now() + timedelta(days=2):%a}".lower()
    rows = [{"days": [tomorrow], "start": "08:00", "end": "18:00"}]
    closed = make_service(policy, support_hours=rows, support_time_zone="UTC")
    always = make_service(policy)

    found = first_recipients([closed, always])

    assert [one.name for one in found[closed.pk][1]] == ["Bo"]
    assert [one.name for one in found[always.pk][1]] == ["Ana"]


def test_whoever_left_is_not_named():
    gone = make_user("Gone", is_active=False)
    service = make_service(make_policy([gone, make_user("Bo")]))

    assert [one.name for one in first_recipients([service])[service.pk][1]] == ["Bo"]
