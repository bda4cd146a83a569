import json
import re

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile

from escalation.models import Schedule
from incidents.models import User
from integrations.models import ImportedObject, ImportRun
from tests.integrations.importers.opsgenie_backup import KEY, WHOLE, zipped
from tests.integrations.pages import browser, text_of
from tests.tasks import run_tasks

pytestmark = pytest.mark.django_db


@pytest.fixture
def apply(django_capture_on_commit_callbacks):
    """Press Apply; the worker has not begun yet."""

    def press(page, run):
        with django_capture_on_commit_callbacks(execute=True):
            page.post(f"/imports/{run.pk}/apply/")

    return press


def upload(page, documents=WHOLE, **fields):
    file = SimpleUploadedFile("backup.zip", zipped(documents))
    return page.post("/imports/", {"source": "opsgenie", "file": file, **fields})


def test_from_the_upload_to_the_report(apply):
    page = browser("Owner")

    answer = upload(page)
    run = ImportRun.objects.get()
    assert answer["Location"] == run.get_absolute_url()
    plan = text_of(page.get(f"/imports/{run.pk}/"))
    assert "payments_escalation" in plan
    assert "The export holds no key of this integration." in plan
    assert not Schedule.objects.exists()

    page.post(f"/imports/{run.pk}/choose/", {"choice:opsgenie.missing_keys": "new"})
    apply(page, run)
    busy = page.get(f"/imports/{run.pk}/")
    assert "Being applied" in text_of(busy)
    run_tasks()

    partial = page.get(f"/imports/{run.pk}/", headers={"HX-Request": "true"})
    assert partial["HX-Refresh"] == "true"
    report = text_of(page.get(f"/imports/{run.pk}/"))
    assert "Nothing to do." in report
    assert "payments Datadog" in report
    assert Schedule.objects.get().get_absolute_url() in report
    assert KEY not in plan + report

    file = page.get(f"/imports/{run.pk}/report.json")
    document = json.loads(file.content)
    assert document["counts"]["approximate"] == 2
    assert {row["kind"] for row in document["rows"]} >= {"person", "schedule", "integration"}
    assert KEY not in text_of(file)


def test_a_verdict_shows_only_its_objects():
    page = browser("Owner")
    upload(page)
    run = ImportRun.objects.get()

    only = text_of(page.get(f"/imports/{run.pk}/?verdict=not_taken"))

    assert "Quiet nights" in only
    assert not re.search(r'class="is-title">\s*Bo<', only)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "Choose a file, or write the API key."),
        ({"file": b"no zip", "key": "x"}, "Choose a file, or write the API key."),
        ({"file": b"PK\x03\x04 broken"}, "was not read"),
        ({"source": "opsknight", "key": "x"}, "is imported from files"),
        ({"source": "elsewhere", "key": "x"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_imported_is_said_at_the_form(fields, said):
    page = browser("Owner")
    if "file" in fields:
        fields["file"] = SimpleUploadedFile("backup.zip", fields["file"])

    answer = page.post("/imports/", {"source": "opsgenie", **fields})

    assert said in text_of(answer)
    assert answer.status_code == 422


def test_new_people_are_invited_only_when_somebody_says_so(apply):
    page = browser("Owner")
    upload(page)
    run = ImportRun.objects.get()
    apply(page, run)
    run_tasks()
    assert mail.outbox == []
    assert "Invite 3 by mail" in text_of(page.get(f"/imports/{run.pk}/"))

    page.post(f"/imports/{run.pk}/invite/")
    run_tasks()

    assert {message.to[0] for message in mail.outbox} == {
        "ana@shop.example",
        "bo@shop.example",
        "di@shop.example",
    }


def test_an_import_is_deleted_without_what_it_brought(apply):
    page = browser("Owner")
    upload(page)
    run = ImportRun.objects.get()
    apply(page, run)
    run_tasks()

    page.post(f"/imports/{run.pk}/delete/")

    assert not ImportRun.objects.exists()
    assert User.objects.filter(email="ana@shop.example").exists()
    assert ImportedObject.objects.filter(kind="person").count() == 4


@pytest.mark.parametrize("role", ["Integrations Admin", "Group Admin", "Responder", "Stakeholder"])
def test_only_who_has_the_entitlement_imports(role):
    page = browser(role)

    assert page.get("/imports/").status_code == 403
    assert upload(page).status_code == 403
