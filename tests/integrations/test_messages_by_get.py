"""Messages in the query of an address, from tools that send them by GET."""

import json

import pytest

from incidents.models import Alert
from integrations.catalog import find
from integrations.models import InboundMessage, Integration
from tests.factories import make_integration
from tests.integrations.posting import log, post, work

pytestmark = pytest.mark.django_db
HEARTBEAT = {"monitorID": 4, "status": 0, "time": "2026-11-20 10:00:00.000", "msg": "refused"}
MONITOR = {"id": 4, "name": "Shop API", "url": "https://shop.example/api", "type": "http"}
DOWN = {"msg": "[Shop API] [Down] refused", "heartbeat": HEARTBEAT, "monitor": MONITOR}
BROWSERS = [
    {"Sec-Fetch-Mode": "navigate"},
    {"User-Agent": "Mozilla/5.0 (X11; Linux)", "Accept": "text/html,*/*"},
    {"User-Agent": "Slackbot-LinkExpanding 1.0"},
    {"Purpose": "prefetch"},
]


def in_query(body):
    return {k: v if isinstance(v, str) else json.dumps(v) for k, v in body.items()}


def get(client, integration, query, **headers):
    return client.get(f"/POSTAlert/{integration.token}/it", query, headers=headers)


def test_uptime_kuma_by_get_opens_what_it_closes_by_post(client):
    integration = make_integration("uptime-kuma")

    answer = get(client, integration, in_query(DOWN))
    work()
    opened = Alert.objects.get()
    post(client, integration, {**DOWN, "heartbeat": {**HEARTBEAT, "status": 1}})
    work()

    assert answer.status_code == 202
    assert "Shop API" in opened.title
    assert log() == ["Mapped (opened)", "Mapped (closed)"]


def test_a_test_of_uptime_kuma_by_get_opens_nothing(client):
    integration = make_integration("uptime-kuma")

    get(client, integration, {"msg": "Portal Testing", "heartbeat": "null", "monitor": "null"})
    work()

    assert log() == ["Mapped Ignored"]


def test_a_long_monitor_is_read_whole(client):
    integration = make_integration("uptime-kuma")
    monitor = {"description": "ä" * 2000, **MONITOR}

    get(client, integration, in_query({"heartbeat": HEARTBEAT, "monitor": monitor}))
    work()

    assert log() == ["Mapped (opened)"]


@pytest.mark.parametrize("slug", ["uptimerobot", "statuscake", "site24x7", "prtg"])
def test_other_tools_open_and_close_by_get(client, slug):
    integration = make_integration(slug)
    for name in ("open-address", "close-address"):
        assert get(client, integration, find(slug).sample(name).query).status_code == 202
    work()

    assert log() == ["Mapped (opened)", "Mapped (closed)"]


def test_rules_of_ones_own_that_read_the_query_take_it(client):
    integration = make_integration()
    fields = {
        "source_id": "$query.sensor",
        "subject": "$query.text",
        "source_name": "$query.sensor",
    }
    rules = {"source": "Own", "fields": fields, "requires": ["$query.sensor"]}
    Integration.objects.filter(pk=integration.pk).update(rules=rules)

    answer = get(client, integration, {"sensor": "7", "text": "Too hot"})
    work()

    assert answer.status_code == 202
    assert Alert.objects.get().title == "Too hot"


@pytest.mark.parametrize("headers", BROWSERS)
def test_browsers_and_link_previews_open_nothing(client, headers):
    integration = make_integration("uptime-kuma")

    assert get(client, integration, in_query(DOWN), **headers).status_code == 405
    assert not InboundMessage.objects.exists()


@pytest.mark.parametrize("slug", ["odown", "jira", "librenms"])
def test_templates_without_a_shape_for_it_take_none(client, slug):
    """The query of the last two only completes a link."""
    assert get(client, make_integration(slug), {"site": "https://x.example"}).status_code == 405


def test_without_a_query_there_is_no_message(client):
    integration = make_integration("uptime-kuma")

    assert get(client, integration, {}).status_code == 405
    head = client.head(f"/POSTAlert/{integration.token}/it", in_query(DOWN))
    assert head.status_code == 405
    assert not InboundMessage.objects.exists()


def test_a_scan_finds_nothing(client):
    assert client.get(f"/POSTAlert/{'0' * 32}/it", in_query(DOWN)).status_code == 405
