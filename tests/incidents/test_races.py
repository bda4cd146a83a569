import pytest

from incidents.actions import ingest, respond, restart
from incidents.actions import open as incident_open
from incidents.errors import IncidentClosed
from incidents.models import Alert, Incident
from tests.factories import make_report, make_service, make_user
from tests.threads import race

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_identical_reports_at_once_make_one_incident():
    service = make_service()

    for key in map(str, range(20)):
        first, second = race(
            lambda: ingest.report([make_report(service, key=key)]),  # noqa: B023
            lambda: ingest.report([make_report(service, key=key)]),  # noqa: B023
        )
        assert sorted([first[0].result, second[0].result]) == ["appended", "opened"]

    assert Incident.objects.count() == 20
    assert set(Alert.objects.values_list("count", flat=True)) == {2}


def test_two_batches_in_opposite_order_do_not_wait_for_each_other():
    service = make_service()
    keys = [str(number) for number in range(30)]
    reports = [make_report(service, key=key) for key in keys]

    for _ in range(5):
        found = race(lambda: ingest.report(reports), lambda: ingest.report(reports[::-1]))
        assert all(isinstance(results, list) for results in found), found

    assert Incident.objects.count() == 30


def test_acknowledging_against_resolving_ends_resolved_and_the_loser_is_known():
    service, alice, bob = make_service(), make_user(), make_user()

    for _ in range(50):
        incident = incident_open.open_incident(service, "Race")
        acknowledged, resolved = race(
            lambda: respond.acknowledge(incident.pk, by=alice),  # noqa: B023
            lambda: respond.resolve(incident.pk, by=bob),  # noqa: B023
        )
        incident.refresh_from_db()
        assert incident.is_resolved
        assert isinstance(resolved, Incident)
        told = set(incident.timeline.filter(by=alice).values_list("verb", flat=True))
        if isinstance(acknowledged, IncidentClosed):
            assert told == {"rejected_already_resolved"}
        else:
            assert told == {"acknowledged"}


def test_a_report_against_a_person_who_resolves_leaves_no_open_alert_in_a_closed_incident():
    service, alice = make_service(), make_user()

    for number in range(30):
        key = str(number)
        ingest.report([make_report(service, key=key)])
        incident = Incident.objects.latest("pk")
        reported, _ = race(
            lambda: ingest.report([make_report(service, key=key)]),  # noqa: B023
            lambda: respond.resolve(incident.pk, by=alice),  # noqa: B023
        )
        assert reported[0].result in ("appended", "opened")

    ended = Alert.objects.open().filter(incident__status=Incident.Status.RESOLVED)
    assert not ended.exists()
    open_keys = Alert.objects.open().values_list("key", flat=True)
    assert len(set(open_keys)) == len(open_keys)


def test_a_report_against_a_person_who_reopens_ends_in_one_open_alert():
    service = make_service()

    for number in range(20):
        key = str(number)
        ingest.report([make_report(service, key=key)])
        incident = Incident.objects.latest("pk")
        respond.resolve(incident.pk)
        found = race(
            lambda: ingest.report([make_report(service, key=key)]),  # noqa: B023
            lambda: restart.reopen(incident.pk),  # noqa: B023
        )
        assert not [error for error in found if isinstance(error, Exception)]

    assert Alert.objects.open().count() == 20
