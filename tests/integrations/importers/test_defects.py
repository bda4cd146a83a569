"""What one object of an import is refused for, and what is a defect of ours: others are written."""

import pytest

from incidents.models import Team, User
from integrations.importers.neutral import Export, Person, Policy
from integrations.importers.neutral import Team as TheirTeam
from integrations.models import ImportRun
from integrations.setup.imports.apply import DEFECT, apply
from tests.api import make_person
from tests.integrations.importers.applied import row_of

pytestmark = pytest.mark.django_db


def applied(*objects):
    run = ImportRun.objects.create(source="opsgenie", name="x")
    assert apply(run.pk, Export(source="opsgenie", objects=objects), make_person("Owner"))
    run.refresh_from_db()
    return run


def person(number, **fields):
    return Person(id=number, name=number, email=f"{number}@x.example", **fields)


def test_a_defect_of_ours_is_logged_with_its_trace_and_the_others_are_written(caplog):
    run = applied(person("ana"), person("bo", reminders=5), TheirTeam(id="t", name="Ops"))

    (record,) = [one for one in caplog.records if one.levelname == "ERROR"]
    assert record.exc_info[0] is TypeError
    assert "person bo" in record.getMessage()
    assert row_of(run, "person", "bo")["sentences"] == [DEFECT]
    assert run.state == "applied"
    assert set(
        User.objects.filter(email__endswith="@x.example").values_list("name", flat=True)
    ) == {"ana"}
    assert Team.objects.filter(name="Ops").exists()


def test_what_the_database_refuses_is_said_and_is_no_defect(caplog):
    run = applied(person("ana"), Policy(id="p", name="Night", pause_s=10**12))

    assert row_of(run, "policy", "p")["sentences"] == [
        "It contradicts something that is here, or is too long."
    ]
    assert not [one for one in caplog.records if one.levelname == "ERROR"]
