"""What the readers read is applied, and proved against what the source says."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from escalation.models import Override, Policy, Schedule
from incidents.models import AuditEntry, User
from notifications.models import ContactMethod
from tests.integrations.importers import goalert_answers, oncall_installation, opsknight_tables
from tests.integrations.importing import imported, verdicts

pytestmark = pytest.mark.django_db


def test_grafana_oncall_is_applied_but_for_the_hour_that_it_loses():
    sample = oncall_installation.SAMPLE
    run = imported("grafana_oncall", sample)

    (proof,) = run.proof
    assert proof["verdict"] == "identical but for 1 h in 1 place"
    assert Override.objects.get().kind == "instead"


def test_opsknight_is_applied_and_identical_to_its_rules():
    run = imported("opsknight", opsknight_tables.SAMPLE)

    (proof,) = run.proof
    assert proof["verdict"] == "identical for 129,600 minutes"
    steps = Policy.objects.get(name="Payments").steps.all()
    assert [step.wait_seconds for step in steps] == [0, 600]


def test_goalert_is_applied_with_a_person_taken_out():
    sample = goalert_answers.SAMPLE
    removed = {**sample["userOverrides"][0], "addUserID": ""}
    shifts = [
        {"userID": "ana", "start": "2026-03-27T16:00:00Z", "end": "2026-03-28T16:00:00Z"},
    ]
    run = imported(
        "goalert",
        sample,
        userOverrides=[removed],
        schedule={**sample["schedule"], "shifts": shifts},
    )

    (proof,) = run.proof
    assert proof["verdict"] == "identical for 1,440 minutes"
    override = Override.objects.get()
    assert (override.kind, override.people, bool(override.reason)) == ("nobody", [], True)
    assert override.instead_of is not None
    assert Schedule.objects.get().name == "Payments"


@pytest.mark.parametrize(
    ("source", "sample"),
    [("opsknight", opsknight_tables.SAMPLE), ("goalert", goalert_answers.WHOLE)],
)
def test_an_import_is_the_same_the_second_time(source, sample):
    first = imported(source, sample)

    again = imported(source, sample)

    kinds = {row["kind"] for row in again.report}
    assert kinds >= {"person", "schedule", "override", "policy", "service", "integration"}
    assert kinds == {row["kind"] for row in first.report}
    assert {row["verdict"] for row in again.report} == {"same"}


def people(*emails):
    sample = opsknight_tables.SAMPLE
    more = [
        {**sample["User"][0], "id": f"u{number}", "name": f"Person {number}", "email": email}
        for number, email in enumerate(emails)
    ]
    return imported("opsknight", sample, User=[*sample["User"], *more])


def test_of_many_one_is_refused_and_the_others_of_its_kind_are_taken_also_the_second_time():
    emails = ["p0@example.com", f"{'x' * 250}@example.com", "p2@example.com"]
    for _ in range(2):
        run = people(*emails)

        (refused,) = [row for row in run.report if row["verdict"] == "needs_you"]
        assert (refused["kind"], refused["action"]) == ("contact_method", "nothing")
        for number in (0, 2):
            person = User.objects.get(email=emails[number])
            assert [row.address for row in person.contact_methods.all()] == [emails[number]]


def test_the_contact_methods_of_many_people_are_read_once():
    with CaptureQueriesContext(connection) as queries:
        people(*(f"p{number}@example.com" for number in range(60)))

    read = 'FROM "notifications_contactmethod" WHERE "notifications_contactmethod"."user_id" IN'
    assert sum(read in one["sql"] for one in queries.captured_queries) == 1
    assert ContactMethod.objects.filter(user__name__startswith="Person ").count() == 60


def test_each_person_is_logged_as_made_once():
    people("p0@example.com", "p1@example.com")

    logged = AuditEntry.objects.filter(object_repr__startswith="Person ", action=0)
    assert sorted(logged.values_list("object_repr", flat=True)) == ["Person 0", "Person 1"]
    assert {row.via for row in logged} == {"import from OpsKnight"}


def test_what_a_database_refuses_in_a_text_is_replaced_and_fails_no_import():
    sample = opsknight_tables.SAMPLE
    odd = {**sample["User"][0], "id": "odd", "name": "Mallory \x00", "email": "m@example.com"}

    run = imported("opsknight", sample, User=[*sample["User"], odd])

    assert run.state == "applied"
    assert User.objects.get(email="m@example.com").name == "Mallory \ufffd"


def test_two_people_with_one_address_are_one_and_have_each_contact_method_once():
    sample = opsknight_tables.SAMPLE
    twin = {**sample["User"][0], "id": "twin"}
    imported("opsknight", sample, User=[*sample["User"], twin])

    (one,) = User.objects.filter(email__iexact=twin["email"])
    addresses = [(row.channel, row.address.lower()) for row in one.contact_methods.all()]
    assert addresses
    assert len(addresses) == len(set(addresses))
    assert [row.position for row in one.contact_methods.all()] == list(range(len(addresses)))


def test_somebody_new_with_the_new_address_of_somebody_who_was_imported_is_the_same_person():
    sample = opsknight_tables.SAMPLE
    imported("opsknight", sample)
    first = {**sample["User"][0], "email": "Moved@example.com"}
    people = [first, {**first, "id": "twin"}, *sample["User"][1:]]

    run = imported("opsknight", sample, User=people)

    assert set(verdicts(run, "person")) <= {"new", "approximate", "changed", "same"}
    numbers = {row["object_id"] for row in run.report if row["id"] in (first["id"], "twin")}
    assert len(numbers) == 1
    assert User.objects.get(email="moved@example.com").pk in numbers
