"""A body that was pasted for another pager is named, with what to do about it."""

import pytest

from integrations.mapping.foreign_bodies import pager_of
from integrations.models import InboundMessage
from tests.factories import make_integration
from tests.integrations.posting import log, post, work

PAGERTREE = {"event_type": "create", "Id": "7", "Title": "Disk full", "Description": "2 % left"}
KEEP = {"name": "Disk full", "status": "firing", "lastReceived": "2026-11-29", "severity": "high"}


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (PAGERTREE, "PagerTree"),
        ({"event_type": "resolve", "title": "x", "thirdparty_id": "7"}, "PagerTree"),
        (KEEP, "Keep"),
        ({"fingerprint": "a", "status": "resolved", "lastReceived": "x"}, "Keep"),
        ({"routing_key": "k", "event_action": "trigger", "payload": {}}, "PagerDuty"),
        ({"service_key": "k", "event_type": "trigger", "incident_key": "7"}, "PagerDuty"),
        ({"message": "Disk full", "alias": "disk", "priority": "P1"}, "Opsgenie"),
        ({"message_type": "CRITICAL", "entity_id": "x", "state_message": "y"}, "Splunk On-Call"),
        ({"event_type": "incident", "title": "x", "id": 7}, ""),
        ({"status": "firing", "name": "x"}, ""),
        ({}, ""),
        ([PAGERTREE], ""),
        (None, ""),
    ],
)
def test_it_is_known_by_its_keys(body, name):
    assert pager_of(body) == name


@pytest.mark.django_db
@pytest.mark.parametrize(("body", "name"), [(PAGERTREE, "PagerTree"), (KEEP, "Keep")])
@pytest.mark.parametrize("template", ["prtg", "grafana", "zabbix"])
def test_the_log_names_it_with_the_way_out(client, template, body, name):
    integration = make_integration(template)
    post(client, integration, body)
    work()

    assert log() == ["Mapping Failed"]
    reason = InboundMessage.objects.get().reason
    assert f"it is a body that is pasted into a tool for {name}" in reason
    assert "paste the one from the page of this integration" in reason


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "end"),
    [
        (PAGERTREE, {"event_type": "resolve"}),
        (KEEP | {"fingerprint": "a1"}, {"status": "resolved", "name": "Disk is well"}),
    ],
)
def test_the_generic_webhook_reads_it(client, body, end):
    integration = make_integration("generic-webhook")
    post(client, integration, body)
    post(client, integration, body | end)
    work()

    assert log() == ["Mapped (opened)", "Mapped (closed)"]
    assert InboundMessage.objects.earliest("pk").subject == "Disk full"


@pytest.mark.django_db
def test_what_is_of_no_other_pager_says_only_what_was_expected(client):
    integration = make_integration("grafana")
    post(client, integration, {"opsportal": 1})
    work()

    told = "this does not look like Grafana: expected alerts or ruleId"
    assert InboundMessage.objects.get().reason == told
