import re
from difflib import unified_diff
from pathlib import Path

import pytest
from django.core.management import call_command
from django.urls import get_resolver

KEPT = Path(__file__).parents[2] / "docs" / "openapi.yaml"


@pytest.fixture(scope="module")
def schema(tmp_path_factory):
    path = tmp_path_factory.mktemp("schema") / "schema.yml"
    call_command("spectacular", "--fail-on-warn", "--validate", "--file", str(path))
    return path.read_text()


def test_the_document_in_the_repository_is_what_the_api_is(schema):
    kept = KEPT.read_text().splitlines()
    changes = list(unified_diff(kept, schema.splitlines(), "kept", "now", lineterm="", n=2))

    hint = "The API has changed. Nobody's script may break by it; then run `make schema`:"
    assert not changes, "\n".join([hint, *changes[:100]])


def test_the_document_is_valid_and_knows_every_address(schema):
    resources = {
        match[1]
        for pattern in get_resolver("opsportal.api.urls").reverse_dict.getlist("api-me")
        for match in [re.match(r"api/v1/([a-z-]+)/", pattern[0][0][0])]
    }

    assert "me" in resources
    for name in ("incidents", "integrations", "policies", "catch-all", "api-keys"):
        assert f"/api/v1/{name}/:" in schema


def test_the_document_says_how_to_come_in(schema):
    assert "apiKey" in schema
    assert "bearer" in schema


def test_every_action_tells_the_shape_of_a_refusal(schema):
    assert schema.count("#/components/schemas/Error") == schema.count("operationId:")


@pytest.mark.django_db
def test_the_docs_load_nothing_from_elsewhere(client):
    page = client.get("/api/docs/")
    script = client.get("/api/docs/?script=")

    assert page.status_code == script.status_code == 200
    sources = re.findall(r'(?:src|href)="([^"]+)"', page.content.decode())
    assert sources
    assert all(source.startswith("/") for source in sources)


@pytest.mark.django_db
def test_the_schema_is_served(client):
    answer = client.get("/api/schema/")

    assert answer.status_code == 200
    assert b"openapi: 3" in answer.content
