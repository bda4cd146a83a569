import re
from difflib import unified_diff
from pathlib import Path

import pytest
import yaml
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


def operations(schema):
    for path, methods in yaml.safe_load(schema)["paths"].items():
        for method, operation in methods.items():
            yield f"{method} {path}", operation


def test_every_operation_of_the_api_tells_the_form_of_an_error(schema):
    ours = {name: found for name, found in operations(schema) if " /api/v1/" in name}

    assert len(ours) > 100
    assert [name for name, found in ours.items() if "Error" not in str(found["responses"])] == []


def test_every_inbound_endpoint_tells_its_own_errors(schema):
    inbound = {name: found for name, found in operations(schema) if found["tags"] == ["Inbound"]}

    assert len(inbound) > 40
    assert [
        name
        for name, found in inbound.items()
        if not any(int(status) >= 400 for status in found["responses"])
    ] == ["get /chat/slack/{token}/"]  # It only checks the certificate.


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
