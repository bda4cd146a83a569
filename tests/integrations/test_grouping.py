"""Several alerts, one incident."""

import pytest
from django.utils import timezone

from escalation.actions import restart
from escalation.models import Run
from incidents.actions import ingest, respond
from incidents.models import Alert, Incident
from incidents.report import Group
from integrations.models import InboundMessage
from notifications.models import Notification
from tests.factories import (
    NOON,
    make_integration,
    make_policy,
    make_report,
    make_service,
    make_user,
    minutes,
)
from tests.integrations.posting import log, post, work
from tests.threads import race

once = pytest.mark.django_db
WINDOW = {"grouping": {"minutes": 10}}
BY_CLUSTER = {"grouping": {"by": ["cluster"]}}
RULES = {
    "source": "Probe",
    "fields": {"source_id": "id", "subject": "what", "severity": "level", "status": "state"},
    "close_when": {"operator": "equals", "value": "up"},
}


def grouped(routing, service=None, **fields):
    service = service or make_service(make_policy(make_user()))
    return make_integration("custom", service=service, rules=RULES, routing=routing, **fields)


def alert(number, state="down", level="error", **fields):
    return {"id": number, "what": f"Alert {number}", "state": state, "level": level, **fields}


def arrive(client, integration, *bodies, at=None):
    for body in bodies:
        post(client, integration, body)
        if at:
            newest = InboundMessage.objects.latest("pk")
            InboundMessage.objects.filter(pk=newest.pk).update(received_at=at)
        work()


def sizes():
    """How many alerts each incident has, the oldest first."""
    return [incident.alerts.count() for incident in Incident.objects.order_by("pk")]


def verbs_of(incident):
    return list(incident.timeline.values_list("verb", flat=True))


@once
def test_alerts_within_the_window_are_one_incident_counted_from_its_opening(client):
    integration = grouped(WINDOW)

    arrive(client, integration, alert(1), at=NOON)
    arrive(client, integration, alert(2), at=NOON + minutes(9))
    arrive(client, integration, alert(3), at=NOON + minutes(10))

    assert sizes() == [2, 1]
    first = Incident.objects.earliest("pk")
    assert "alert_added" in verbs_of(first)
    second_message = InboundMessage.objects.order_by("pk")[1]
    assert (second_message.action, second_message.incident) == ("opened", first)
    assert second_message.reason == f"joined incident #{first.pk}"


@once
def test_alerts_with_the_same_field_are_one_incident_at_any_time(client):
    integration = grouped(BY_CLUSTER)

    arrive(client, integration, alert(1, cluster="a"), alert(2, cluster="b"), at=NOON)
    arrive(client, integration, alert(3, cluster="a"), alert(4), alert(5), at=NOON + minutes(9999))

    assert sizes() == [2, 1, 1, 1]


@once
def test_alerts_of_one_batch_join_each_other(client):
    integration = grouped(WINDOW)
    for number in range(5):
        post(client, integration, alert(number))

    work()

    assert sizes() == [5]
    assert Run.objects.count() == 1
    assert log() == ["Mapped (opened)"] * 5


@once
def test_the_incident_ends_with_its_last_alert(client):
    integration = grouped(WINDOW)
    arrive(client, integration, alert(1), alert(2), alert(3))
    incident = Incident.objects.get()

    arrive(client, integration, alert(1, "up"), alert(3, "up"))
    incident.refresh_from_db()
    assert incident.status == "open"
    arrive(client, integration, alert(2, "up"))

    incident.refresh_from_db()
    assert incident.status == "resolved"


@once
def test_the_ends_of_a_batch_end_the_incident_with_the_last_of_them(client):
    integration = grouped(WINDOW)
    arrive(client, integration, alert(1), alert(2))
    for body in (alert(1, "up"), alert(3), alert(2, "up"), alert(3, "up")):
        post(client, integration, body)

    work()

    assert sizes() == [3]
    assert Incident.objects.get().status == "resolved"


@once
def test_after_its_end_a_new_incident_begins(client):
    integration = grouped(WINDOW)
    arrive(client, integration, alert(1), alert(1, "up"), alert(2))

    assert sizes() == [1, 1]


@once
def test_a_worse_alert_makes_the_incident_worse(client):
    integration = grouped(WINDOW)
    arrive(client, integration, alert(1, level="warning"), alert(2, level="critical"))

    incident = Incident.objects.get()
    assert (incident.severity, incident.urgency) == ("critical", "high")
    assert Alert.objects.get(source_id="1").severity == "warning"


@once
@pytest.mark.parametrize(
    "take",
    [
        lambda pk: respond.acknowledge(pk, by=make_user()),
        lambda pk: respond.snooze(pk, timezone.now() + minutes(60)),
    ],
    ids=["acknowledged", "on hold"],
)
def test_l22_a_new_alert_in_an_incident_that_somebody_has_pages_again(client, take):
    integration = grouped(WINDOW)
    arrive(client, integration, alert(1))
    incident = Incident.objects.get()
    take(incident.pk)
    before = Notification.objects.filter(channel="email").count()

    arrive(client, integration, alert(2))

    incident.refresh_from_db()
    assert (incident.status, incident.paging_round, incident.snoozed_until) == ("open", 2, None)
    assert incident.timeline.get(verb="re_triggered").text == "A new alert: Alert 2"
    # In the transaction of the message, and handed over at once: as a first attempt is.
    assert Notification.objects.filter(channel="email").count() == before + 1
    assert Run.objects.get(paging_round=2).state == "escalating"


@once
def test_it_does_not_page_again_where_that_is_switched_off(client):
    integration = grouped({"grouping": {"minutes": 10, "pages_again": False}})
    arrive(client, integration, alert(1))
    incident = Incident.objects.get()
    respond.acknowledge(incident.pk, by=make_user())

    arrive(client, integration, alert(2))

    incident.refresh_from_db()
    assert (incident.status, incident.paging_round) == ("acknowledged", 1)
    assert incident.alerts.count() == 2


@once
def test_a_new_alert_pages_again_where_everybody_was_told_and_nobody_came(client):
    integration = grouped(WINDOW)
    arrive(client, integration, alert(1))
    Run.objects.update(state="exhausted", next_step_at=None)

    arrive(client, integration, alert(2))

    assert Incident.objects.get().paging_round == 2


@once
def test_what_is_held_back_joins_only_what_is_held_back(client):
    delay = {"delay": {"rule": "every_alerts", "alerts": 2}}
    integration = grouped(WINDOW | delay)
    arrive(client, integration, alert(1), alert(1), alert(2), alert(3))

    # The first was told with its second message; the others wait together.
    assert sizes() == [1, 2]
    assert [row.suppressed_reason != "" for row in Incident.objects.order_by("pk")] == [False, True]
    assert InboundMessage.objects.latest("pk").action == "delayed"
    arrive(client, integration, alert(3))
    assert Incident.objects.exclude(suppressed_reason="").count() == 0


@once
def test_two_services_never_share_an_incident(client):
    arrive(client, grouped(BY_CLUSTER), alert(1, cluster="a"))
    arrive(client, grouped(BY_CLUSTER), alert(1, cluster="a"))

    assert sizes() == [1, 1]


@once
def test_what_was_reopened_takes_further_alerts(client):
    integration = grouped(BY_CLUSTER)
    arrive(client, integration, alert(1, cluster="a"), alert(1, "up", cluster="a"))
    restart.reopen(Incident.objects.get().pk, by=make_user())

    arrive(client, integration, alert(2, cluster="a"))

    assert sizes() == [2]


@pytest.mark.django_db(transaction=True)
def test_two_alerts_of_one_group_at_once_make_one_incident():
    service = make_service()

    for group in map(make_group, range(15)):
        first, second = race(
            lambda: ingest.report([grouped_report(service, group, "a")]),  # noqa: B023
            lambda: ingest.report([grouped_report(service, group, "b")]),  # noqa: B023
        )
        assert [first[0].result, second[0].result] == ["opened", "opened"]
        assert sorted([first[0].starts_run, second[0].starts_run]) == [False, True]

    assert Incident.objects.count() == 15
    assert Alert.objects.count() == 30


@pytest.mark.django_db(transaction=True)
def test_batches_of_groups_in_opposite_order_do_not_wait_for_each_other():
    service = make_service()
    reports = [grouped_report(service, make_group(n % 3), str(n)) for n in range(30)]

    for _ in range(5):
        found = race(lambda: ingest.report(reports), lambda: ingest.report(reports[::-1]))
        assert all(isinstance(results, list) for results in found), found

    assert Incident.objects.count() == 3


def make_group(number):
    return Group(f"group {number}")


def grouped_report(service, group, key):
    return make_report(service, key=f"{group.key} {key}", group=group)
