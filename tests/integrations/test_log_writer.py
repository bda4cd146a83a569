"""The writer of the inbound log: every column of the model, at the request and with the results."""

import json
from datetime import UTC, datetime

import pytest
from django.db import models

from incidents.actions import ingest
from incidents.models import Alert, Incident
from integrations.inbound import log
from integrations.inbound.log import COLUMNS, LogUpdate, insert, write_results
from integrations.inbound.request import InboundRequest
from integrations.models import EventResult, InboundMessage, Result
from tests.factories import make_integration, make_report, make_user

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 21, 10, 30, tzinfo=UTC)
# One value of each type that no column has by default.
VALUES = {
    models.CharField: "x",
    models.TextField: "text",
    models.JSONField: ["one"],
    models.BinaryField: b"body",
    models.BooleanField: True,
    models.GenericIPAddressField: "192.0.2.7",
    models.PositiveSmallIntegerField: 7,
    models.PositiveIntegerField: 70,
    models.DateTimeField: AT,
}


def make_values():
    """A value for each writable column, by its attribute."""
    integration = make_integration()
    [outcome] = ingest.report([make_report(integration.service)])
    rows = {
        "integration_id": integration.pk,
        "service_id": integration.service_id,
        "alert_id": Alert.objects.get(pk=outcome.alert_id).pk,
        "incident_id": Incident.objects.get(pk=outcome.incident_id).pk,
        "replay_of_id": 41,
        "test_user_id": make_user().pk,
    }
    values = {
        field.attname: rows[field.attname] if field.is_relation else VALUES[type(field)]
        for field in InboundMessage._meta.concrete_fields
        if not field.primary_key
    }
    return integration, values


def columns_of(pk):
    row = InboundMessage.objects.get(pk=pk)
    found = {name: getattr(row, name) for name in COLUMNS}
    return found | {"body": bytes(row.body)}


def test_a_message_is_stored_with_every_column_of_the_model():
    integration, values = make_values()

    pk = insert(values, version=integration.changed_at)

    assert columns_of(pk) == values


def test_results_are_written_to_every_column_of_the_model():
    integration, values = make_values()
    columns = log.columns_of(InboundRequest("post", b""), AT, integration_id=integration.pk)
    message = InboundMessage.objects.create(**columns)

    write_results([LogUpdate(message, values)])

    assert columns_of(message.pk) == values


def test_a_message_of_an_integration_that_was_changed_is_not_stored():
    _, values = make_values()

    assert insert(values, version=AT) is None
    assert not InboundMessage.objects.exists()


def test_a_column_that_is_not_named_stays_in_a_batch_that_names_it_for_another():
    first, second = (InboundMessage.objects.create(route="post", body=b"") for _ in range(2))
    InboundMessage.objects.filter(pk=second.pk).update(subject="Old")
    second.refresh_from_db()

    write_results([LogUpdate(first, {"subject": "New"}), LogUpdate(second, {"reason": "Why"})])

    rows = InboundMessage.objects.order_by("pk").values_list("subject", "reason")
    assert list(rows) == [("New", ""), ("Old", "Why")]


def test_what_no_column_takes_is_made_to_fit():
    message = InboundMessage.objects.create(route="post", body=b"")

    write_results([LogUpdate(message, {"subject": "a\x00b" + "c" * 2000})])

    message.refresh_from_db()
    assert message.subject == "a\ufffdb" + "c" * 1021


def test_a_name_that_is_no_column_is_an_error():
    message = InboundMessage.objects.create(route="post", body=b"")

    with pytest.raises(TypeError, match="alert_identity"):
        write_results([LogUpdate(message, {"alert_identity": 7})])


def test_a_result_is_the_same_after_it_was_stored():
    result = EventResult(Result.OPENED, "New", index=3, key="k", alert_id=7, incident_id=8)

    stored = json.loads(json.dumps(result.to_json()))

    assert (stored["alert"], stored["incident"], stored["result"]) == (7, 8, "opened")
    assert EventResult.from_json(stored) == result


@pytest.mark.parametrize("junk", [{}, {"result": "something old"}, {"result": None, "more": 1}])
def test_a_stored_result_of_another_form_counts_as_ignored(junk):
    assert EventResult.from_json(junk).result == Result.IGNORED
