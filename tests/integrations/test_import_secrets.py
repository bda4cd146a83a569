"""What is kept of an export for its fingerprint holds no secret, wherever one stands."""

import pytest

from integrations.importers.gathering import without_secrets
from integrations.importers.rows import FieldError, Row


@pytest.mark.parametrize(
    "name",
    [
        "integration_key",
        "integrationKey",
        "key",
        "apiKey",
        "token",
        "access_token",
        "signatureSecret",
        "passwordHash",
        "http_cal_url",
        "ical_url_primary",
        "privateUrlKey",
        "link",
        "href",
        "Authorization",
        "webhook_url",
    ],
)
def test_a_field_that_holds_a_secret_is_left_out_at_any_depth(name):
    document = {"id": 1, name: "s3cret", "inner": [{name: "s3cret", "keyboard": "kept"}]}

    found = without_secrets(document)

    assert found == {"id": 1, "inner": [{"keyboard": "kept"}]}


def test_a_sentence_about_a_field_that_holds_a_secret_does_not_show_it():
    row = Row("export.json: integrations[0]", {"integration_key": ["s3cret"], "name": ["n"]})

    with pytest.raises(FieldError) as hidden:
        row.text("integration_key")
    with pytest.raises(FieldError) as shown:
        row.text("name")

    place = "export.json: integrations[0]"
    assert str(hidden.value) == f"{place}.integration_key is a secret, no text."
    assert str(shown.value) == f"{place}.name is ['n'], no text."
