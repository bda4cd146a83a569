import pytest
from django.utils import timezone

from incidents.actions import ingest, respond
from incidents.models import Alert, Incident
from tests.factories import make_report, make_service, make_user, minutes

pytestmark = pytest.mark.django_db


def report(*reports):
    return [outcome.result for outcome in ingest.report(reports)]


def test_a_trigger_opens_an_alert_and_its_incident():
    service = make_service()

    (outcome,) = ingest.report(
        [make_report(service, severity="warning", source="Odown", source_status="ALERT_FAILURE")]
    )

    incident = Incident.objects.get()
    assert (outcome.result, outcome.incident_id, outcome.starts_run) == (
        "opened",
        incident.pk,
        True,
    )
    assert (incident.title, incident.severity, incident.urgency) == ("Disk full", "warning", "low")
    assert incident.alerts.get().pk == outcome.alert_id
    assert incident.timeline.get().text == "Odown reported it with status ALERT_FAILURE"


def test_the_same_trigger_again_is_counted_and_opens_nothing():
    service = make_service()
    report(make_report(service))

    (outcome,) = ingest.report([make_report(service)])

    assert (outcome.result, outcome.starts_run) == ("appended", False)
    assert Alert.objects.get().count == 2
    assert Incident.objects.count() == 1


def test_a_resolve_closes_the_alert_and_its_incident():
    service = make_service()
    report(make_report(service))

    assert report(make_report(service, "resolve", source="Odown")) == ["closed"]

    assert Incident.objects.get().status == Incident.Status.RESOLVED
    assert Alert.objects.get().closed_at is not None


@pytest.mark.parametrize("action", ["acknowledge", "update", "resolve"])
def test_without_an_open_alert_nothing_happens_and_the_outcome_says_why(action):
    (outcome,) = ingest.report([make_report(make_service(), action)])

    assert outcome.result == "ignored"
    assert outcome.reason == f"{action} without an open alert of this key"
    assert not Incident.objects.exists()


def test_after_the_end_the_same_key_opens_a_new_incident():
    service = make_service()

    found = report(make_report(service), make_report(service, "resolve"), make_report(service))

    assert found == ["opened", "closed", "opened"]
    assert list(Incident.objects.values_list("status", flat=True)) == ["open", "resolved"]


def test_one_batch_may_end_what_was_open_and_open_it_anew():
    service = make_service()
    report(make_report(service))

    found = report(make_report(service, "resolve"), make_report(service))

    assert found == ["closed", "opened"]
    assert Alert.objects.open().count() == 1


def test_a_batch_opens_and_ends_within_itself():
    service = make_service()

    found = report(make_report(service), make_report(service), make_report(service, "resolve"))

    assert found == ["opened", "appended", "closed"]
    alert = Alert.objects.get()
    assert (alert.count, alert.incident.status) == (2, Incident.Status.RESOLVED)


def test_the_same_key_of_another_service_is_another_alert():
    report(make_report(make_service()), make_report(make_service()))

    assert Incident.objects.count() == 2


def test_the_sender_acknowledges_without_an_owner():
    service = make_service()
    report(make_report(service))

    assert report(make_report(service, "acknowledge")) == ["acknowledged"]

    incident = Incident.objects.get()
    assert (incident.status, incident.assignee) == (Incident.Status.ACKNOWLEDGED, None)


def test_a_sender_who_may_not_stop_the_paging_is_only_noted():
    service = make_service()
    report(make_report(service))

    assert report(make_report(service, "acknowledge", stops_paging=False)) == ["updated"]

    assert Incident.objects.get().is_open


def test_an_update_is_kept_on_the_timeline():
    service = make_service()
    report(make_report(service))

    assert report(make_report(service, "update", short_text="97 % now")) == ["updated"]

    assert Incident.objects.get().timeline.last().text == "97 % now"


def test_a_worse_severity_is_taken_over_and_a_milder_one_is_not():
    service = make_service()
    report(make_report(service, severity="warning"))

    report(make_report(service, severity="critical"), make_report(service, severity="info"))

    incident = Incident.objects.get()
    assert (incident.severity, incident.urgency) == ("critical", "high")
    assert incident.timeline.filter(verb="severity_escalated").count() == 1


@pytest.mark.parametrize("action", ["trigger", "update"])
def test_worse_than_acknowledged_pages_again(action):
    service = make_service()
    report(make_report(service, severity="warning"))
    incident = Incident.objects.get()
    respond.acknowledge(incident.pk, by=make_user())

    (outcome,) = ingest.report([make_report(service, action, severity="critical")])

    incident.refresh_from_db()
    assert outcome.starts_run
    assert (incident.status, incident.paging_round) == (Incident.Status.OPEN, 2)


def test_as_bad_as_acknowledged_does_not_page_again():
    service = make_service()
    report(make_report(service, severity="critical"))
    incident = Incident.objects.get()
    respond.acknowledge(incident.pk, by=make_user())

    (outcome,) = ingest.report([make_report(service, severity="critical")])

    incident.refresh_from_db()
    assert not outcome.starts_run
    assert incident.status == Incident.Status.ACKNOWLEDGED


def test_what_a_sender_repeats_after_429_is_dropped_while_the_alert_is_open():
    service = make_service()
    report(make_report(service))

    (outcome,) = ingest.report([make_report(service, repeats=7)])

    assert (outcome.result, outcome.reason) == ("retry", "The sender repeats message 7")
    assert Alert.objects.get().count == 1


def test_an_incident_ends_with_its_last_alert():
    service = make_service()
    report(make_report(service, key="a"))
    incident = Incident.objects.get()
    Alert.objects.create(incident=incident, service=service, key="b", title="more")

    report(make_report(service, "resolve", key="a"))
    between = Incident.objects.get().status
    report(make_report(service, "resolve", key="b"))

    assert (between, Incident.objects.get().status) == ("open", "resolved")


def test_both_alerts_of_an_incident_may_end_in_one_batch():
    service = make_service()
    report(make_report(service, key="a"))
    incident = Incident.objects.get()
    Alert.objects.create(incident=incident, service=service, key="b", title="more")

    report(make_report(service, "resolve", key="a"), make_report(service, "resolve", key="b"))

    assert Incident.objects.get().status == Incident.Status.RESOLVED
    assert incident.timeline.filter(verb="resolved").count() == 1


def test_times_are_those_of_the_arrival():
    service, at = make_service(), timezone.now() - minutes(10)

    report(make_report(service, at=at))

    incident = Incident.objects.get()
    assert (incident.opened_at, incident.timeline.get().at) == (at, at)


def test_a_storm_of_one_key_takes_as_many_queries_as_one(django_assert_max_num_queries):
    service = make_service()

    with django_assert_max_num_queries(12):
        report(*[make_report(service) for _ in range(50)])

    assert Alert.objects.get().count == 50


def test_repetitions_stand_on_the_timeline_ever_more_rarely():
    service = make_service()

    for number in range(12):
        report(make_report(service, title=f"Disk {80 + number} % full"))

    lines = Incident.objects.get().timeline.filter(verb="repeated").order_by("pk")
    assert [line.text for line in lines] == [
        "2nd time: Disk 81 % full",
        "3rd time: Disk 82 % full",
        "5th time: Disk 84 % full",
        "10th time: Disk 89 % full",
    ]


def test_what_a_sender_repeats_because_it_was_refused_is_no_repetition():
    service = make_service()
    report(make_report(service))

    report(make_report(service, repeats=7))

    assert not Incident.objects.get().timeline.filter(verb="repeated").exists()
