"""What an import made is deleted here, and other objects of the source still name it."""

import pytest
from django.db import connection

from escalation.models import Override, Policy, Schedule
from incidents.models import Service, Team, User
from integrations.models import Integration
from tests.integrations.importers import opsgenie_backup
from tests.integrations.importers.applied import PATH, imported, row_of
from tests.integrations.importers.opsgenie_backup import WHOLE

pytestmark = pytest.mark.django_db
TEAM = "opsgeniebackups/teams/payments-t1.json"
ESCALATION = "opsgeniebackups/escalations/payments_escalation-e1.json"


def applied_again(documents):
    run = imported(documents)
    connection.check_constraints()
    assert run.state == "applied"
    return run


def test_an_override_of_a_schedule_that_was_deleted_needs_you():
    imported()
    Integration.objects.all().delete()
    Service.objects.all().delete()
    Policy.objects.all().delete()
    Schedule.objects.all().delete()
    other = {**WHOLE[PATH]["scheduleOverrideList"][0], "alias": "o7"}
    overrides = [*WHOLE[PATH]["scheduleOverrideList"], other]

    run = applied_again({**WHOLE, PATH: {**WHOLE[PATH], "scheduleOverrideList": overrides}})

    fresh, old = row_of(run, "override", "7c1:o7:r1"), row_of(run, "override", "7c1:o1:r1")
    assert (fresh["verdict"], old["verdict"]) == ("needs_you", "same")
    assert fresh["sentences"] == ["Its schedule (7c1) is not taken."]
    assert "deleted here" in old["sentences"][-1]
    assert not Override.objects.exists()


def test_a_policy_of_a_team_that_was_deleted_has_none():
    imported()
    Integration.objects.all().delete()
    Service.objects.all().delete()
    Team.objects.all().delete()
    Policy.objects.all().delete()
    document = {**WHOLE[ESCALATION], "id": "e2", "name": "Nights"}

    run = applied_again({**WHOLE, "opsgeniebackups/escalations/nights-e2.json": document})

    row = row_of(run, "policy", "e2")
    assert "Step 3 tells a team that is not taken: t1." in row["sentences"]
    policy = Policy.objects.get()
    assert (policy.team, [step.targets.count() for step in policy.steps.all()]) == (None, [1, 1])


def test_a_service_whose_policy_was_deleted_is_changed_without_it():
    imported()
    Integration.objects.all().delete()
    Service.objects.all().delete()
    Policy.objects.all().delete()
    document = {**WHOLE[TEAM], "team": {**WHOLE[TEAM]["team"], "id": "t2", "name": "cards"}}

    run = applied_again({**WHOLE, "opsgeniebackups/teams/cards-t2.json": document})

    assert row_of(run, "service", "team:t2")["verdict"] == "approximate"
    assert not hasattr(Service.objects.get(), "default_policy")


def test_an_integration_of_a_service_that_was_deleted_needs_you():
    imported()
    Integration.objects.all().delete()
    Service.objects.all().delete()
    document = {
        "integration": {**WHOLE["opsgeniebackups/integrations/i2.json"]["integration"], "id": "i3"}
    }

    run = applied_again({**WHOLE, "opsgeniebackups/integrations/i3.json": document})

    assert row_of(run, "integration", "i3")["sentences"][-1] == (
        "Its service (team:t1) is not taken."
    )
    assert not Integration.objects.exists()


def test_an_address_of_a_person_who_was_deleted_needs_you():
    mail = ("email", "ed@home.example")
    ed = opsgenie_backup.user("u5", "Ed", "ed@shop.example")
    imported({**WHOLE, "opsgeniebackups/users/ed-u5.json": ed})
    User.objects.get(email="ed@shop.example").delete()
    reachable = opsgenie_backup.user("u5", "Ed", "ed@shop.example", mail)

    run = applied_again({**WHOLE, "opsgeniebackups/users/ed-u5.json": reachable})

    assert row_of(run, "contact_method", "u5-email")["sentences"] == [
        "Its person (u5) is not taken."
    ]
    assert not User.objects.filter(email="ed@shop.example").exists()
