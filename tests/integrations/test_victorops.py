import pytest

from incidents.models import Alert, Incident
from integrations.models import InboundMessage
from integrations.setup import integrations
from tests.factories import make_integration
from tests.integrations.posting import log, work


@pytest.fixture
def integration(db):
    return make_integration("victorops")


def post(client, integration, body, route="/ops"):
    url = f"/integrations/generic/20131114/alert/{integration.token}{route}"
    return client.post(url, body, content_type="application/json")


def message(kind="CRITICAL", entity="db-07/disk", **more):
    return {"message_type": kind, "entity_id": entity, "entity_display_name": "Disk full", **more}


def test_success_names_the_entity(client, integration):
    answer = post(client, integration, message())

    assert answer.status_code == 200
    assert answer.json() == {"result": "success", "entity_id": "db-07/disk"}


def test_the_url_of_the_integration_is_one_of_victorops(client, integration):
    answer = client.post(integration.url, message(), content_type="application/json")

    assert answer.json()["result"] == "success"


@pytest.mark.parametrize("route", ["", "/", "/ops", "/ops/", "/a/b"])
def test_the_routing_key_is_noted_and_decides_nothing(client, integration, route):
    answer = post(client, integration, message(), route)
    work()

    assert answer.json()["result"] == "success"
    noted = Alert.objects.get().attributes.get("custom_fields", {})
    assert noted.get("Routing key", "") == route[1:]


def test_critical_acknowledgement_and_recovery_are_one_alert(client, integration):
    for kind in ("CRITICAL", "ACKNOWLEDGEMENT", "RECOVERY"):
        post(client, integration, message(kind))
    work()

    assert log() == ["Mapped (opened)", "Mapped (acknowledged)", "Mapped (closed)"]
    assert Incident.objects.get().status == "resolved"


@pytest.mark.parametrize(
    ("down", "up"), [("critical", "Recovery"), ("WARNING", "RECOVERY"), ("Warning", "recovery")]
)
def test_down_and_up_of_uptime_kuma_are_one_alert_in_any_case(client, integration, down, up):
    for kind in (down, up):
        post(client, integration, message(kind, "Uptime Kuma/12"))
    work()

    assert log() == ["Mapped (opened)", "Mapped (closed)"]


def test_info_wakes_nobody_and_is_kept_with_an_open_alert(client, integration):
    for kind in ("INFO", "CRITICAL", "INFO"):
        post(client, integration, message(kind))
    work()

    assert log() == ["Mapped Ignored", "Mapped (opened)", "Mapped (updated)"]


@pytest.mark.parametrize("entity", [None, ""])
def test_without_an_entity_each_message_is_an_alert_of_its_own(client, integration, entity):
    answers = [post(client, integration, message(entity=entity)).json() for _ in range(2)]
    work()

    assert Alert.objects.open().count() == 2
    assert answers[0]["entity_id"] != answers[1]["entity_id"]


def test_the_entity_that_was_made_closes_the_alert(client, integration):
    made = post(client, integration, message(entity=None)).json()["entity_id"]
    post(client, integration, message("RECOVERY", made))
    work()

    assert log() == ["Mapped (opened)", "Mapped (closed)"]


@pytest.mark.parametrize("body", ["{broken", "[]", {"entity_id": "x"}, {"message_type": 7}])
def test_a_failure_is_200_as_well_and_kept(client, integration, body):
    answer = post(client, integration, body)

    assert (answer.status_code, answer.json()["result"]) == (200, "failure")
    assert answer.json()["message"]
    assert log() == ["Mapping Failed"]
    assert InboundMessage.objects.get().answer == 200


@pytest.mark.django_db
def test_an_unknown_key_is_404_and_nothing_is_kept(client):
    url = "/integrations/generic/20131114/alert/nope/ops"

    answer = client.post(url, message(), content_type="application/json")

    assert (answer.status_code, answer.json()["result"]) == (404, "failure")
    assert not InboundMessage.objects.exists()


@pytest.mark.django_db
def test_past_the_rate_it_is_429_and_kept(client):
    integration = make_integration("victorops", rate_limit=1)

    answers = [post(client, integration, message(entity=str(n))) for n in range(2)]

    assert [answer.status_code for answer in answers] == [200, 429]
    assert answers[1].json()["result"] == "failure"
    assert [row.answer for row in InboundMessage.objects.order_by("pk")] == [200, 429]


def test_a_disabled_integration_is_403(client, integration):
    integrations.set_enabled(integration.pk, False)

    answer = post(client, integration, message())

    assert (answer.status_code, answer.json()["result"]) == (403, "failure")
