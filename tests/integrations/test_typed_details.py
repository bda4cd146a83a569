"""Details keep their types: numbers, booleans, lists and tables, in the API and on the page."""

import pytest

from incidents.models import Alert
from tests.api import owner
from tests.factories import make_integration, make_user
from tests.integrations.pages import text_of
from tests.integrations.posting import enqueue, event, post, post_event, work

pytestmark = pytest.mark.django_db
DEEP = [[[[[[[["x"]]]]]]]]


@pytest.mark.parametrize("send", [post_event, enqueue], ids=["/api/events", "/v2/enqueue"])
@pytest.mark.parametrize(
    ("details", "fields"),
    [
        (["a", "b"], {"details": ["a", "b"]}),
        (42, {"details": 42}),
        (True, {"details": True}),
        (False, {"details": False}),
        ({"cpu_percent": 95}, {"cpu_percent": 95}),
        ({"load": 0.5, "zero": 0, "ok": False}, {"load": 0.5, "zero": 0, "ok": False}),
        ({"hosts": ["a", 1], "where": {"rack": 7}}, {"hosts": ["a", 1], "where": {"rack": 7}}),
        ({"none": None, "empty": [], "text": "95"}, {"text": "95"}),
        ("a=1, b=2", {"a": "1", "b": "2"}),
        (["env:prod", "team:web"], {"env": "prod", "team": "web"}),
        # What cannot travel through JSON, or is long, is text.
        ({"id": 2**60}, {"id": str(2**60)}),
        ({"deep": DEEP}, {"deep": '[[[[[[[["x"]]]]]]]]'}),
        ({"nul": ["a\x00b"]}, {"nul": "a\ufffdb"}),
    ],
)
def test_custom_details_are_kept_as_they_are(client, send, details, fields):
    integration = make_integration("events-api-v2")

    send(client, integration, event(custom_details=details))
    work()

    alert = Alert.objects.get()
    assert alert.attributes["custom_fields"] == fields
    shown = owner().get(f"/api/v1/incidents/{alert.incident_id}/").json()["alerts"][0]
    assert shown["attributes"]["custom_fields"] == fields
    # 1 == True in Python, and not in JSON.
    found = alert.attributes["custom_fields"]
    assert {name: type(one) for name, one in found.items()} == {
        name: type(one) for name, one in fields.items()
    }


def test_the_page_shows_them_as_people_write_them(client):
    integration = make_integration("events-api-v2")
    details = {"hosts": ["web-1", "web-2"], "ok": False, "cpu": 95, "where": {"rack": 7}}
    post_event(client, integration, event(custom_details=details))
    work()

    client.force_login(make_user("Root", is_superuser=True))
    shown = text_of(client.get(Alert.objects.get().incident.get_absolute_url()))

    for text in ("web-1, web-2", "false", "95", "{&quot;rack&quot;:7}"):
        assert text in shown


def test_labels_of_other_tools_keep_theirs_as_well(client):
    rules = {"fields": {"source_id": "id", "custom_fields": {"*": "labels", "Id": "id"}}}
    integration = make_integration("custom", rules=rules)

    post(client, integration, {"id": 7, "labels": {"value": 99.5, "paged": True}})
    work()

    assert Alert.objects.get().attributes["custom_fields"] == {
        "value": 99.5,
        "paged": True,
        "Id": "7",
    }


def test_a_repetition_brings_newer_values_of_the_same_type(client):
    integration = make_integration("events-api-v2")
    for percent in (80, 99):
        post_event(client, integration, event(custom_details={"cpu_percent": percent}))
        work()

    assert Alert.objects.get().attributes["custom_fields"]["cpu_percent"] == 99
