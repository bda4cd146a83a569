"""Methods of outbound services: sent by hand and by themselves, in order, tried again, logged."""

import json

import pytest

from incidents.actions import respond
from incidents.errors import InvalidRequest
from notifications.actions import outbound
from notifications.models import OutboundDelivery, OutboundExchange, Ticket
from tests.factories import make_service, make_user
from tests.notifications.outbound.world import (
    go_on,
    later,
    lines,
    make_desk,
    open_incident,
    states,
)
from tests.notifications.servers import answer

pytestmark = pytest.mark.django_db
BODY = '{"number": "<IncidentId>", "title": "<IncidentSubject>"}'


def make_method(service, name="Open a case", **fields):
    return service.methods.create(
        **{"name": name, "path": "/cases", "body": BODY, "headers": "X-Source: OpsPortal", **fields}
    )


def says(status=200, body=None):
    return lambda handler: answer(handler, status, json.dumps(body or {}).encode())


def test_a_request_is_sent_as_it_is_described(receiver):
    method, ana = make_method(make_desk(receiver)), make_user()
    incident = open_incident('Disk "full"')

    row = outbound.call(method, incident.pk, by=ana, via="web")
    go_on()

    path, headers, body = receiver.requests[0]
    assert path == "/api/cases"
    assert json.loads(body) == {"number": str(incident.pk), "title": 'Disk "full"'}
    assert headers["Content-Type"] == "application/json; charset=utf-8"
    assert headers["X-Source"] == "OpsPortal"
    assert headers["Authorization"] == "Bearer t0ken-of-the-desk"
    assert headers["Idempotency-Key"] == str(row.delivery_id)
    line = incident.timeline.get(verb="outbound_called")
    assert (line.by, line.text) == (ana, str(method))


@pytest.mark.parametrize(
    ("config", "header", "value"),
    [
        ({"authentication": "none"}, "Authorization", None),
        (
            {"authentication": "basic", "username": "ops", "secret": "s3cret"},
            "Authorization",
            "Basic b3BzOnMzY3JldA==",
        ),
        (
            {"authentication": "header", "header_name": "X-Api-Key", "secret": "s3cret"},
            "X-Api-Key",
            "s3cret",
        ),
    ],
)
def test_each_authentication_is_sent_and_logged_nowhere(receiver, config, header, value):
    service = make_desk(receiver)
    service.config = {**service.config, **config}
    service.save()
    outbound.call(make_method(service), open_incident().pk)
    go_on()

    assert receiver.requests[0][1].get(header) == value
    logged = OutboundExchange.objects.get().request
    assert not value or value not in logged


def test_the_log_has_the_request_the_answer_and_how_long_it_took(receiver):
    receiver.behave = says(201, {"id": 7, "echo": "t0ken-of-the-desk"})
    outbound.call(make_method(make_desk(receiver)), open_incident("Disk full").pk)
    go_on()

    one = OutboundExchange.objects.get()
    assert one.request.startswith("POST http://127.0.0.1")
    assert '"title": "Disk full"' in one.request
    assert (one.status, one.answer) == (201, '{"id": 7, "echo": "********"}')


def test_what_the_answer_calls_it_is_kept_and_used_by_the_next_method(receiver):
    receiver.behave = says(201, {"case": {"id": 7, "link": "https://desk.example/7"}})
    desk = make_desk(receiver)
    kept = {"remember_id": "$.case.id", "remember_url": "$.case.link"}
    make_method(desk, on_opened=True, **kept)
    make_method(desk, "Close it", verb="PUT", path="/cases/<ExternalId>", on_resolved=True)
    incident = open_incident()
    respond.resolve(incident.pk)
    go_on()

    assert [path for path, _, _ in receiver.requests] == ["/api/cases", "/api/cases/7"]
    assert Ticket.objects.get().url == "https://desk.example/7"
    line = incident.timeline.filter(verb="outbound_called").first()
    assert (line.via, line.facts) == ("when opened", {"url": "https://desk.example/7"})


def test_what_needs_an_id_waits_for_the_request_that_gets_it(receiver):
    receiver.behave = says(503)
    desk = make_desk(receiver)
    make_method(desk, on_opened=True, remember_id="$.id")
    make_method(desk, "Close it", path="/cases/<ExternalId>", on_resolved=True)
    respond.resolve(open_incident().pk)
    go_on()
    assert states() == [("call", "waiting"), ("call", "waiting")]

    receiver.behave = says(201, {"id": "c9"})
    later(2)

    assert states() == [("call", "sent"), ("call", "sent")]
    assert receiver.requests[-1][0] == "/api/cases/c9"


def test_an_id_that_was_never_given_fails_with_a_sentence(receiver):
    desk = make_desk(receiver)
    close = make_method(desk, "Close it", path="/cases/<ExternalId>")
    incident = open_incident()
    outbound.call(close, incident.pk)
    go_on()

    assert receiver.requests == []
    assert "has given no id for this incident" in lines(incident, "outbound_failed")[0]


def test_a_failure_that_passes_is_tried_again_with_the_same_id(receiver):
    receiver.behave = says(503)
    outbound.call(make_method(make_desk(receiver)), open_incident().pk)
    go_on()
    row = OutboundDelivery.objects.get()
    assert (row.state, row.tries) == ("waiting", 1)
    assert row.due_at > row.created_at

    receiver.behave = says(200)
    later()

    ids = {headers["X-OpsPortal-Delivery"] for _, headers, _ in receiver.requests}
    assert states() == [("call", "sent")]
    assert ids == {str(row.delivery_id)}


def test_it_gives_up_after_a_day_and_says_so(receiver):
    receiver.behave = says(500)
    incident = open_incident()
    outbound.call(make_method(make_desk(receiver)), incident.pk)
    go_on()
    later(12)

    assert len(receiver.requests) == 10
    assert "answered 500" in lines(incident, "outbound_failed")[0]


def test_what_ended_is_sent_again_with_the_same_id(receiver):
    row = outbound.call(make_method(make_desk(receiver)), open_incident().pk)
    go_on()

    outbound.redeliver(row.pk, make_user())
    go_on()

    first, again = (headers for _, headers, _ in receiver.requests)
    assert first["X-OpsPortal-Delivery"] == again["X-OpsPortal-Delivery"]
    assert again["X-OpsPortal-Redelivery"] == "1"
    assert "X-OpsPortal-Redelivery" not in first


def test_a_second_click_of_the_same_form_is_the_same_delivery(receiver):
    method, incident = make_method(make_desk(receiver)), open_incident()
    for _ in range(2):
        outbound.call(method, incident.pk, key="form:1")
    go_on()

    assert len(receiver.requests) == 1


def test_it_is_told_by_itself_of_its_events_and_services_alone(receiver):
    mine, desk = make_service(), make_desk(receiver)
    desk.services.add(mine)
    make_method(desk, on_acknowledged=True)
    other, incident = open_incident(), open_incident()
    type(incident).objects.filter(pk=incident.pk).update(service=mine)
    for one in (other, incident):
        respond.acknowledge(one.pk, by=make_user())
        respond.resolve(one.pk)
    go_on()

    assert [json.loads(body)["number"] for _, _, body in receiver.requests] == [str(incident.pk)]


def test_one_that_hangs_up_holds_no_other_service(receiver):
    broken = make_desk(receiver)
    broken.config = {**broken.config, "base_url": "http://127.0.0.1:1"}
    broken.save()
    make_method(broken, on_opened=True)
    make_method(make_desk(receiver), on_opened=True)
    open_incident()
    go_on()

    assert sorted(states()) == [("call", "sent"), ("call", "waiting")]


def test_a_test_incident_and_a_service_that_is_off_are_refused(receiver):
    method, incident = make_method(make_desk(receiver)), open_incident(is_test=True)
    with pytest.raises(InvalidRequest, match="This is a test"):
        outbound.call(method, incident.pk)
    method.service.is_enabled = False
    with pytest.raises(InvalidRequest, match="switched off"):
        outbound.call(method, open_incident().pk)
