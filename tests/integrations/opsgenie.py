"""A client of Opsgenie's Alert API, for tests: what it posts, and where."""

import json
from urllib.parse import quote

import pytest

from tests.factories import make_integration


@pytest.fixture
def genie(db):
    return make_integration("opsgenie")


def auth(integration):
    return {"Authorization": f"GenieKey {integration.token}"}


def create(client, integration, **fields):
    """Create an alert; returns the answer."""
    body = {"message": "Disk full", "alias": "disk", **fields}
    return send(client, integration, "post", "/v2/alerts", body)


def do(client, integration, action, identifier="disk", *, kind="alias", method="post", **body):
    """One action on an alert."""
    path = f"/v2/alerts/{quote(identifier, safe='')}/{action}?identifierType={kind}"
    return send(client, integration, method, path, body)


def send(client, integration, method, path, body=None):
    content = b"" if body is None else json.dumps(body)
    return getattr(client, method)(
        path, content, content_type="application/json", headers=auth(integration)
    )


def get(client, integration, path, **query):
    return client.get(path, query, headers=auth(integration))


def status_of(client, integration, answer):
    """What became of a request, as the API says it."""
    assert answer.status_code == 202, answer.content
    path = f"/v2/alerts/requests/{answer.json()['requestId']}"
    found = get(client, integration, path)
    assert found.status_code == 200, found.content
    return found.json()["data"]
