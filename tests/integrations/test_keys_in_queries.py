"""Which names of a key count in the query of an address, as docs/sending.md lists them."""

import json
from pathlib import Path
from urllib.parse import quote

import pytest

from integrations.models import InboundMessage
from tests.factories import make_integration

pytestmark = pytest.mark.django_db

EVENT = {"event_action": "trigger", "dedup_key": "d"}
EVENT["payload"] = {"summary": "Disk full", "source": "db-1", "severity": "error"}
ALERT = {"message": "Disk full", "alias": "d"}
GOALERT = {"summary": "Disk full", "dedup": "d"}
# The template, its address, a message, and the names that count.
ADDRESSES = [
    ("events-api-v2", "/api/events", EVENT, {"key"}),
    ("opsgenie", "/v2/alerts", ALERT, {"apiKey", "apikey"}),
    (
        "goalert",
        "/api/v2/generic/incoming",
        GOALERT,
        {"token", "integrationKey", "integration_key", "key"},
    ),
    ("events-api-v2", "/v2/enqueue", EVENT, set()),
]
NAMES = ["key", "KEY", "apiKey", "apikey", "api_key", "token", "Token", "integrationKey"]
NAMES += ["integration_key", "routing_key", "access_token"]


@pytest.mark.parametrize(("slug", "path", "body", "names"), ADDRESSES)
def test_the_names_of_the_page_count_and_no_others(client, slug, path, body, names):
    token = quote(make_integration(slug).token)

    answers = {
        name: client.post(f"{path}?{name}={token}", json.dumps(body), "application/json")
        for name in NAMES
    }

    assert {name for name, answer in answers.items() if answer.status_code < 300} == names
    assert InboundMessage.objects.count() == len(names)


def test_at_the_address_of_a_type_a_key_that_is_sent_must_be_its_own(client):
    integration, other = make_integration("odown"), make_integration("odown")
    path = f"/api/integrations/odown?integrationId={integration.public_id}"

    def status(query):
        return client.post(f"{path}{query}", "{}", "application/json").status_code

    assert status(f"&key={integration.token}") == status("") == 202
    assert status(f"&key={other.token}") == status("&key=x") == 404
    assert status("&token=x") == 202


def test_the_api_takes_no_key_from_the_query(client):
    from_query = client.get("/api/v1/me/?key=sk_live_x&apiKey=sk_live_x")

    assert from_query.status_code == 401


def test_the_page_lists_these_names():
    page = (Path(__file__).parents[2] / "docs" / "sending.md").read_text()
    table = page.split("| address | names of the key in the query |")[1].split("\n\n")[0]

    for _, path, _, names in ADDRESSES:
        rows = [row for row in table.splitlines() if f"`{path}" in row]
        assert bool(rows) == bool(names)
        assert all(f"`{name}`" in rows[0] for name in names)
