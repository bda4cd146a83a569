"""What is too large leaves a row, a count and one incident at every address and by every key."""

import gzip
import json

import pytest
from django.utils import timezone

from incidents.models import Incident, Service
from incidents.own_service import PORTAL_SERVICE
from integrations.engine.unreadable import report_unreadable
from integrations.models import InboundMessage, Integration
from notifications.models import Notification
from tests.api import make_key, make_person
from tests.factories import (
    make_catch_all,
    make_integration,
    make_policy,
    make_service,
    make_team,
    make_user,
)
from tests.integrations.posting import event

pytestmark = pytest.mark.django_db

MORE = "x" * 1_100_000
# Address, template, and where the key stands: in a header, or in a field of the body.
WAYS = {
    "our own": ("/POSTAlert/{key}/x", "custom", "", ""),
    "by public id": ("/api/integrations/{template}?integrationId={id}&key={key}", "custom", "", ""),
    "Events API, key in a header": ("/api/events", "events-api-v2", "Token token={key}", ""),
    "Events API, key as Bearer": ("/api/events", "events-api-v2", "Bearer {key}", ""),
    "Events API, key in the query": ("/api/events?key={key}", "events-api-v2", "", ""),
    "version 2": ("/v2/enqueue", "events-api-v2", "", "routing_key"),
    "changes": ("/v2/change/enqueue", "events-api-v2", "", "routing_key"),
    "version 1": ("/generic/2010-04-15/create_event.json", "events-api-v2", "", "service_key"),
    "GoAlert, key in the body": ("/api/v2/generic/incoming", "goalert", "", "token"),
    "GoAlert, key in the query": ("/api/v2/generic/incoming?token={key}", "goalert", "", ""),
    "GoAlert, Bearer": ("/api/v2/generic/incoming", "goalert", "Bearer {key}", ""),
    "Opsgenie": ("/v2/alerts", "opsgenie", "GenieKey {key}", ""),
    "Opsgenie, an act": ("/v2/alerts/1/close", "opsgenie", "GenieKey {key}", ""),
    "VictorOps": ("/integrations/generic/20131114/alert/{key}/x", "victorops", "", ""),
    "Slack webhook": ("/hooks/slack/{key}", "slack-webhook", "", ""),
    "OnCall": ("/integrations/v1/webhook/{key}/", "oncall-formatted-webhook", "", ""),
    "Alertmanager": ("/alertmanager/{key}/api/v2/alerts", "prometheus-server", "", ""),
}


@pytest.fixture
def person():
    return make_user("Anna")


def big(field="", key="", **fields):
    return json.dumps({**({field: key} if field else {}), **event(), **fields, "more": MORE})


def send(client, way, integration, *, is_packed=False):
    path, _, header, field = WAYS[way]
    values = {
        "key": integration.token,
        "id": integration.public_id,
        "template": integration.template,
    }
    body = big(field, integration.token).encode()
    headers = {"Authorization": header.format(**values)} if header else {}
    if is_packed:
        body, headers = gzip.compress(body), {**headers, "Content-Encoding": "gzip"}
    return client.post(path.format(**values), body, "application/json", headers=headers)


def assert_is_told(service, person):
    for _ in range(2):
        report_unreadable(now=timezone.now())
    incident = Incident.objects.get()
    assert incident.service == service
    assert incident.title.endswith("cannot be read")
    assert Notification.objects.filter(user=person, channel="email").count() == 1


@pytest.mark.parametrize("is_packed", [False, True])
@pytest.mark.parametrize("way", WAYS)
def test_of_every_way_a_row_a_count_and_one_incident_stay(client, person, way, is_packed):
    service = make_service(make_policy(person))
    integration = make_integration(WAYS[way][1], service=service)

    answers = [send(client, way, integration, is_packed=is_packed).status_code for _ in range(2)]

    assert answers == [413, 413]
    rows = InboundMessage.objects.all()
    assert [(row.integration, row.status, row.answer) for row in rows] == [
        (integration, "rejected", 413)
    ] * 2
    assert Integration.objects.get(pk=integration.pk).unreadable_count == 2
    assert_is_told(service, person)


def post_with_key(client, key, body, **headers):
    headers = {"Authorization": f"Bearer {key}", **headers}
    return client.post("/api/events", body, "application/json", headers=headers)


NAMINGS = {
    "a number": lambda service: {"service_id": service.pk},
    "a number in a text": lambda service: {"serviceId": f"svc_{service.pk}"},
    "a name": lambda service: {"service_id": service.name},
    "behind one that is none": lambda service: {"a": {"service_id": 0}, "service_id": service.pk},
}


@pytest.mark.parametrize("is_packed", [False, True])
@pytest.mark.parametrize("naming", NAMINGS)
def test_by_an_api_key_it_is_told_at_the_service_that_the_body_names(
    client, person, naming, is_packed
):
    service = make_service(make_policy(person), name="Shop")
    body = big(**NAMINGS[naming](service)).encode()
    headers = {"Content-Encoding": "gzip"} if is_packed else {}
    key = make_key(make_person("Owner"))

    for _ in range(2):
        answer = post_with_key(client, key, gzip.compress(body) if is_packed else body, **headers)

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert [row.answer for row in InboundMessage.objects.all()] == [413, 413]
    assert Integration.objects.get(service=service).unreadable_count == 2
    assert_is_told(service, person)


@pytest.mark.parametrize("named", [{}, {"service_id": 10**9}, {"service_id": "the other's"}])
def test_where_it_names_no_service_of_ones_own_it_is_told_at_that_of_the_portal(
    client, person, named
):
    make_catch_all(person)
    make_service(make_policy(make_user("Ben")), name="the other's", team=make_team())

    answer = post_with_key(client, make_key(make_person(), "events:write"), big(**named))

    assert answer.status_code == 413
    [row] = InboundMessage.objects.all()
    assert row.service.name == PORTAL_SERVICE
    assert_is_told(Service.objects.get(name=PORTAL_SERVICE), person)


@pytest.mark.parametrize("body", [b'{"service_id": %d, "event_action": "trig', b"service_id=%d&"])
def test_what_cannot_be_decoded_is_told_in_the_same_way(client, person, body):
    service = make_service(make_policy(person))

    answer = post_with_key(client, make_key(make_person("Owner")), body % service.pk)

    assert answer.status_code == 400
    assert InboundMessage.objects.get().service == service
    assert_is_told(service, person)


@pytest.mark.parametrize("key", ["sk_live_unknown", "0" * 32, ""])
def test_of_a_stranger_nothing_is_kept(client, key):
    answer = post_with_key(client, key, big(service_id=make_service().pk))

    assert answer.status_code == 401
    assert not InboundMessage.objects.exists()
    assert not Integration.objects.exists()


def test_of_a_key_that_may_not_send_nothing_is_kept(client):
    key = make_key(make_person("Owner"), "incidents:read")

    assert post_with_key(client, key, big(service_id=make_service().pk)).status_code == 403
    assert not InboundMessage.objects.exists()
