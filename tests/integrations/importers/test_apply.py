import json
from datetime import UTC, datetime, timedelta

import pytest

from escalation.models import Policy
from incidents.models import AuditEntry, Team, User
from integrations.models import ImportRun, Integration
from integrations.setup import adopt_key
from integrations.setup.imports import runs
from tests.api import make_person
from tests.factories import make_integration, make_policy, make_team
from tests.integrations import opsgenie as opsgenie_client
from tests.integrations.importers.applied import (
    OWN,
    PATH,
    USERS,
    imported,
    on_call,
    row_of,
    verdicts,
)
from tests.integrations.importers.opsgenie_backup import KEY, SMALL, WHOLE, files
from tests.integrations.posting import log, work

pytestmark = pytest.mark.django_db


def test_the_calendar_of_the_specification_is_on_call_to_the_minute():
    imported(SMALL)

    assert on_call("03-25T16:00", "03-26T16:00") == [
        ("03-25T16:00", "03-25T18:00", "ana"),
        ("03-25T18:00", "03-26T06:00", "bo"),
        ("03-26T06:00", "03-26T08:00", "ana"),
        ("03-26T08:00", "03-26T16:00", "ana", "di"),
    ]
    assert on_call("03-27T16:00", "03-30T20:00") == [
        ("03-27T16:00", "03-30T07:00", "ana"),
        ("03-30T07:00", "03-30T15:00", "bo", "di"),
        ("03-30T15:00", "03-30T20:00", "bo"),
    ]


def test_who_is_forwarded_is_covered_for():
    imported(SMALL)

    # The week of Cy, 6 to 13 April, is Ana's until the tenth.
    assert on_call("04-08T18:00", "04-10T02:00") == [
        ("04-08T18:00", "04-09T07:00", "ana"),
        ("04-09T07:00", "04-09T15:00", "ana", "di"),
        ("04-09T15:00", "04-10T00:00", "ana"),
        ("04-10T00:00", "04-10T02:00", "cy"),
    ]


def test_each_object_has_a_row_with_a_verdict():
    run = imported()

    assert run.state == "applied"
    found = verdicts(run)
    assert found["person", "Ana"] == "new"
    assert row_of(run, "person", "u1")["sentences"] == []
    assert found["team", "payments"] == "new"
    assert found["policy", "payments_escalation"] == "approximate"
    assert found["schedule", "payments_primary"] == "new"
    assert found["integration", "payments API"] == "new"
    assert found["contact_method", "sms +491511234567"] == "new"
    assert found["other", "Quiet nights"] == "not_taken"
    assert run.done == run.total == len(run.report)


def test_the_audit_log_names_whoever_imports_and_the_import():
    owner = make_person("Owner")
    before = AuditEntry.objects.count()
    imported(by=owner)

    rows = AuditEntry.objects.order_by("pk")[before:]
    assert {(row.actor_id, row.via) for row in rows} == {(owner.pk, "import from Opsgenie")}
    assert {row.content_type.model for row in rows} >= {"user", "team", "schedule", "step"}
    Team.objects.create(name="By hand")
    assert AuditEntry.objects.latest("pk").actor is None


def test_the_key_opens_the_compatible_api(client):
    imported()
    integration = Integration.objects.get(name="payments API")

    assert integration.token == KEY
    assert opsgenie_client.create(client, integration).status_code == 202
    work()
    assert log() == ["Mapped (opened)"]


def test_no_key_is_in_a_report_and_none_is_stored_in_plain_text():
    run = imported()

    assert KEY not in json.dumps([run.report, run.choices, run.message])
    (stored,) = ImportRun.objects.raw("SELECT id, files AS raw FROM integrations_importrun")
    assert KEY not in stored.raw


def test_a_key_that_is_in_use_here_needs_you():
    adopt_key.adopt_token(make_integration().pk, KEY)

    run = imported()

    row = row_of(run, "integration", "i1")
    assert (row["verdict"], row["object_id"]) == ("needs_you", None)
    assert "in use here already" in row["sentences"][-1]
    assert not Integration.objects.filter(name="payments API").exists()


def test_missing_keys_are_made_or_left_out_or_asked_for():
    asked = imported(choices={})
    assert row_of(asked, "integration", "i2")["verdict"] == "needs_you"
    assert not Integration.objects.filter(name="payments Datadog").exists()

    left_out = imported(choices={"opsgenie.missing_keys": "skip"})
    assert row_of(left_out, "other", "Datadog i2")["verdict"] == "not_taken"

    imported()
    assert Integration.objects.get(name="payments Datadog").template == "datadog"


def test_a_team_that_is_another_one_gets_another_name():
    make_team()
    Team.objects.update(name="payments")

    imported(choices=OWN | {"join:team:t1": "no"})

    assert set(Team.objects.values_list("name", flat=True)) == {"payments", "payments (Opsgenie)"}


def test_a_name_that_is_taken_gets_a_suffix():
    make_policy(name="Payments_Escalation")

    run = imported()

    assert Policy.objects.filter(name="payments_escalation (Opsgenie)").exists()
    assert any("is called" in text for text in row_of(run, "policy", "e1")["sentences"])


def test_one_object_that_cannot_be_does_not_hold_up_the_others():
    long = {
        **WHOLE[PATH],
        "scheduleOverrideList": [
            {
                "alias": "x",
                "user": {"type": "user", "id": "u2"},
                "startDate": "2026-01-01T00:00:00Z",
                "endDate": "2027-06-01T00:00:00Z",
            }
        ],
    }

    run = imported({**WHOLE, PATH: long})

    row = row_of(run, "override", "7c1:x")
    assert (row["verdict"], row["object_id"]) == ("needs_you", None)
    assert "366 days" in row["sentences"][-1]
    assert Policy.objects.exists()


def test_an_import_that_is_under_way_is_not_changed():
    run = runs.start_run("opsgenie", "backup.zip", files(SMALL), by=None)
    runs.start_applying(run, by=make_person("Owner"))
    with pytest.raises(runs.NotNow):
        runs.choose(run, {"a": "b"})

    ImportRun.objects.update(worked_at=datetime.now(UTC) - timedelta(minutes=5))
    run.refresh_from_db()
    runs.start_applying(run, by=make_person("Owner"))


def test_an_id_or_a_name_that_is_too_long_holds_up_nobody():
    row = WHOLE[USERS + "di-u4.json"]
    changed = {**row, "user": {**row["user"], "id": "u" * 400, "fullName": "Di " * 100}}

    run = imported({**WHOLE, USERS + "di-u4.json": changed})

    assert row_of(run, "person", "u" * 400)["verdict"] == "needs_you"
    assert User.objects.filter(email="bo@shop.example").exists()
