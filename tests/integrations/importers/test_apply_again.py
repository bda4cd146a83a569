import pytest

from escalation.models import Override, Policy, Schedule
from integrations.models import Integration
from integrations.setup.imports import runs
from tests.api import make_person
from tests.integrations.importers.applied import (
    COUNTED,
    OWN,
    PATH,
    imported,
    on_call,
    row_of,
    verdicts,
)
from tests.integrations.importers.opsgenie_backup import SMALL, WHOLE, files

pytestmark = pytest.mark.django_db


def test_twice_is_nothing():
    by = make_person("Owner")
    imported(by=by)
    before = [model.objects.count() for model in COUNTED]
    versions = Schedule.objects.get().versions.count()

    run = imported(by=by)

    assert [model.objects.count() for model in COUNTED] == before
    assert Schedule.objects.get().versions.count() == versions
    assert set(verdicts(run).values()) == {"same", "not_taken"}


def test_what_changed_there_is_taken_and_what_changed_here_is_kept():
    imported()
    Policy.objects.update(description="Ours")

    changed = imported(SMALL | WHOLE, name="payments_first")
    assert verdicts(changed)["schedule", "payments_first"] == "changed"
    assert Schedule.objects.get().name == "payments_first"
    assert row_of(changed, "policy", "e1")["verdict"] == "same"
    assert Policy.objects.get().description == "Ours"


def test_what_changed_on_both_sides_is_kept_unless_it_is_ticked():
    imported()
    Schedule.objects.update(description="Ours")

    kept = imported(name="payments_first")
    assert row_of(kept, "schedule", "7c1")["verdict"] == "changed"
    assert Schedule.objects.get().name == "payments_primary"

    imported(choices=OWN | {"overwrite:schedule:7c1": "yes"}, name="payments_first")
    assert (Schedule.objects.get().name, Schedule.objects.get().description) == (
        "payments_first",
        "",
    )


def test_nothing_is_deleted_and_what_was_deleted_here_does_not_come_back():
    imported()
    Override.objects.all().delete()
    Integration.objects.filter(name="payments API").delete()

    run = imported(dict(SMALL))

    assert Override.objects.count() == 0
    assert Integration.objects.count() == 1
    assert "deleted here" in row_of(run, "override", "7c1:o1:r1")["sentences"][-1]


def test_a_changed_rotation_holds_from_now_on_and_the_past_stays():
    imported()
    rotations = [dict(row) for row in WHOLE[PATH]["schedule"]["rotations"]]
    rotations[0]["participants"] = rotations[0]["participants"][::-1]

    imported(rotations=rotations)

    assert Schedule.objects.get().versions.count() == 2
    assert on_call("03-27T16:00", "03-28T16:00") == [("03-27T16:00", "03-28T16:00", "Ana")]


def test_an_import_that_was_interrupted_goes_on_where_it_was(monkeypatch):
    by = make_person("Owner")
    run = runs.start_run("opsgenie", "backup.zip", files(WHOLE), by=by)
    runs.choose(run, OWN)
    run.refresh_from_db()

    assert not runs.apply_now(run, by=by, budget_s=-1)
    run.refresh_from_db()
    assert (run.state, run.done < run.total) == ("applying", True)
    assert runs.apply_now(run, by=by)

    run.refresh_from_db()
    assert verdicts(run)["team", "payments"] == "new"
    assert run.state == "applied"


def test_what_is_gone_at_the_source_is_named_and_stays():
    by = make_person("Owner")
    imported(by=by)
    without = {
        **WHOLE[PATH],
        "scheduleOverrideList": [{**WHOLE[PATH]["scheduleOverrideList"][0], "alias": "o7"}],
    }

    run = imported({**WHOLE, PATH: without}, by=by)

    row = row_of(run, "override", "7c1:o1:r1")
    assert (row["verdict"], row["name"]) == ("needs_you", "7c1:o1:r1")
    assert "gone at the source" in row["sentences"][0]
    assert Override.objects.count() == 2
