"""What the vendors publish for their own services, unmodified, against this portal."""

import warnings
from collections.abc import Iterator
from types import SimpleNamespace

import opsgenie_sdk
import pytest
from opsgenie_sdk.exceptions import OpenApiException
from pagerduty import EventsApiV2Client

from incidents.models import Alert, Change, Incident
from integrations.models import InboundMessage
from tests.factories import make_integration
from tests.integrations.posting import log, work
from tests.integrations.tls import tls_server  # noqa: F401 - a fixture

with warnings.catch_warnings():  # It says that it has a successor; it is in use all the same.
    warnings.simplefilter("ignore")
    import pdpyras

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("local_network"),
]


def pdpyras_session(kind, key, server):
    session = kind(key)
    session.url = server.url
    return session


@pytest.fixture(autouse=True)
def trust(request, monkeypatch):
    """How one tells requests of an authority of one's own."""
    if "tls_server" in request.fixturenames:
        server = request.getfixturevalue("tls_server")
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", server.authority)


@pytest.fixture
def pager(tls_server, request):  # noqa: F811
    """Each client: (trigger, acknowledge, resolve) with the names that it gives them."""
    integration = make_integration("events-api-v2")
    if request.param == "pagerduty":
        client = EventsApiV2Client(
            integration.token, base_url=tls_server.url, verify=tls_server.trust
        )
    else:
        client = pdpyras_session(pdpyras.EventsAPISession, integration.token, tls_server)
    with client:
        yield client


@pytest.mark.parametrize("pager", ["pagerduty", "pdpyras"], indirect=True)
def test_pagerduty_clients_open_acknowledge_and_resolve(pager):
    key = pager.trigger("Disk full", "db-1", severity="error", custom_details={"free": "1 %"})
    pager.trigger("Disk full", "db-1", dedup_key=key)
    pager.acknowledge(key)
    pager.resolve(key)
    work()

    assert log() == [
        "Mapped (opened)",
        "Mapped Appended",
        "Mapped (acknowledged)",
        "Mapped (closed)",
    ]
    assert Alert.objects.get().count == 2


def test_pagerdutys_client_reports_changes(tls_server):  # noqa: F811
    integration = make_integration("events-api-v2")

    with EventsApiV2Client(
        integration.token, base_url=tls_server.url, verify=tls_server.trust
    ) as client:
        client.submit(
            "Deployed 1.2",
            source="ci",
            custom_details={"build": 7},
            timestamp="2026-03-02T10:15:00Z",
        )
    work()

    assert Change.objects.get().attributes == {"build": "7"}


def test_pdpyras_reports_changes(tls_server):  # noqa: F811
    integration = make_integration("events-api-v2")
    session = pdpyras_session(pdpyras.ChangeEventsAPISession, integration.token, tls_server)

    with session:
        session.submit("Deployed 1.2", source="ci", links=[{"href": "https://ci.example.net/7"}])
    work()

    assert Change.objects.get().summary == "Deployed 1.2"


@pytest.fixture
def genie(live_server) -> Iterator[SimpleNamespace]:
    """Opsgenie's official SDK, told another host and a key."""
    integration = make_integration("opsgenie", rate_limit=0)
    conf = opsgenie_sdk.configuration.Configuration()
    conf.host = live_server.url
    conf.api_key["Authorization"] = integration.token
    conf.retry_count = 1
    client = opsgenie_sdk.api_client.ApiClient(configuration=conf)
    yield SimpleNamespace(
        alerts=opsgenie_sdk.AlertApi(client),
        beats=opsgenie_sdk.HeartbeatApi(client),
        integration=integration,
    )
    pools = client.rest_client.pool_manager.pools
    for name in pools.keys():  # noqa: SIM118 - it cannot be iterated
        pools[name].close()


def test_opsgenies_sdk_creates_looks_at_and_closes(genie):
    payload = opsgenie_sdk.CreateAlertPayload(
        message="Disk full",
        alias="disk",
        description="99 %",
        tags=["prod"],
        details={"host": "db-1"},
        priority="P1",
        responders=[{"name": "Databases", "type": "team"}],
        source="probe",
    )

    created = genie.alerts.create_alert(payload)
    status = genie.alerts.get_request_status(created.request_id)
    shown = genie.alerts.get_alert(status.data.alert_id)
    listed = genie.alerts.list_alerts(query="status:open")
    counted = genie.alerts.count_alerts(query="status:open")
    genie.alerts.close_alert("disk", identifier_type="alias")

    assert created.result == "Request will be processed"
    assert (status.data.is_success, status.data.alias) == (True, "disk")
    assert (shown.data.message, shown.data.priority) == ("Disk full", "P1")
    assert shown.data.details == {"host": "db-1"}
    assert [row.id for row in listed.data] == [status.data.alert_id]
    assert counted.data.count == 1
    assert Incident.objects.get().is_resolved


def test_opsgenies_sdk_does_what_it_can_do_to_an_alert(genie):
    genie.alerts.create_alert(opsgenie_sdk.CreateAlertPayload(message="Disk full", alias="disk"))
    by = {"identifier": "disk", "identifier_type": "alias"}
    note = opsgenie_sdk.AddNoteToAlertPayload(note="Looking")

    answers = [
        genie.alerts.acknowledge_alert(**by),
        genie.alerts.un_acknowledge_alert(**by),
        genie.alerts.add_note(add_note_to_alert_payload=note, **by),
        genie.alerts.add_tags(
            add_tags_to_alert_payload=opsgenie_sdk.AddTagsToAlertPayload(tags=["a", "b"]), **by
        ),
        genie.alerts.remove_tags(tags="b", **by),
        genie.alerts.add_details(
            add_details_to_alert_payload=opsgenie_sdk.AddDetailsToAlertPayload(details={"k": "v"}),
            **by,
        ),
        genie.alerts.update_alert_message(
            update_alert_message_payload=opsgenie_sdk.UpdateAlertMessagePayload(message="Disk!"),
            **by,
        ),
        genie.alerts.update_alert_priority(
            update_alert_priority_payload=opsgenie_sdk.UpdateAlertPriorityPayload(priority="P1"),
            **by,
        ),
        genie.alerts.delete_alert(**by),
    ]
    states = [genie.alerts.get_request_status(answer.request_id).data for answer in answers]

    assert [state.status for state in states if not state.is_success] == []
    alert = Alert.objects.get()
    assert (alert.title, alert.incident.priority) == ("Disk!", "P1")
    assert alert.attributes["tags"] == {"a": "true"}
    assert alert.incident.resolution == "cancelled"
    notes = genie.alerts.list_notes(identifier="disk", identifier_type="alias")
    assert "Looking" in [row.note for row in notes.data]


def test_opsgenies_sdk_understands_our_refusals(genie):
    with pytest.raises(OpenApiException) as wrong:
        genie.alerts.create_alert({"message": ""})
    with pytest.raises(OpenApiException) as missing:
        genie.alerts.get_alert("nothing", identifier_type="alias")

    assert (wrong.value.status, missing.value.status) == (422, 404)
    assert InboundMessage.objects.count() == 1
