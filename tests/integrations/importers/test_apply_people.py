import json

import pytest
from django.utils import timezone

from escalation.actions import reminders
from escalation.models import Schedule
from incidents.models import Service, Team, User
from notifications.models import Rule
from tests.api import make_person
from tests.factories import make_policy, make_service, make_team, make_user
from tests.integrations.importers.applied import OWN, PATH, USERS, imported, row_of, verdicts
from tests.integrations.importers.opsgenie_backup import SMALL, WHOLE

pytestmark = pytest.mark.django_db


def test_people_can_be_paged_and_their_addresses_are_to_be_proved():
    imported()

    ana = User.objects.get(email="ana@shop.example")
    assert (ana.name, ana.time_zone, ana.has_usable_password()) == ("Ana", "Europe/Berlin", False)
    assert [group.name for group in ana.groups.all()] == ["Responder"]
    methods = {method.channel: method for method in ana.contact_methods.all()}
    addresses = {channel: method.address for channel, method in methods.items()}
    assert addresses == {"email": "ana@home.example", "sms": "+491511234567"}
    assert not any(method.is_verified for method in methods.values())
    rules = Rule.objects.values_list("urgency", "after_minutes", "contact_method__channel")
    assert set(rules) == {
        (urgency, minutes, channel)
        for urgency in ("high", "low")
        for minutes, channel in ((0, "email"), (1, "sms"))
    }
    assert not User.objects.get(email="cy@shop.example").is_active


def test_who_was_reminded_of_shifts_is_reminded_here_and_what_they_choose_is_kept():
    run = imported()
    ana = User.objects.get(name="Ana")

    assert reminders.reminders_of(ana) == [(0, "email"), (1440, "email")]
    assert "eminder" not in json.dumps(run.report)
    reminders.change_settings(ana, [(30, "sms")], now=timezone.now())
    again = imported()
    assert reminders.reminders_of(ana) == [(30, "sms")]
    assert "changed here" in str(row_of(again, "person", "u1")["sentences"])


def test_people_are_joined_by_address_in_any_case_and_teams_and_services_by_name():
    ana = make_user("Anastasia")
    User.objects.filter(pk=ana.pk).update(email="ANA@Shop.Example", time_zone="Asia/Tokyo")
    team, service = make_team(ana), make_service(make_policy())
    Team.objects.filter(pk=team.pk).update(name="Payments")
    Service.objects.filter(pk=service.pk).update(name="PAYMENTS", description="Ours")
    policy = service.default_policy.policy

    run = imported()

    assert {
        verdicts(run)[kind, name] for kind, name in (("person", "Ana"), ("team", "payments"))
    } == {"joined"}
    ana.refresh_from_db()
    assert (ana.name, ana.time_zone) == ("Anastasia", "Asia/Tokyo")
    assert [member.user.email for member in team.memberships.all()] == [
        "ANA@Shop.Example",
        "bo@shop.example",
    ]
    service.refresh_from_db()
    assert (service.description, service.default_policy.policy) == ("Ours", policy)
    assert Rule.objects.count() == 0
    assert Schedule.objects.get().team == team


def test_unknown_people_are_placeholders_until_somebody_says_who_they_are():
    row = WHOLE[PATH]
    stranger = {"type": "user", "id": "u9"}
    rotation = {**row["schedule"]["rotations"][0], "participants": [stranger]}
    run = imported(rotations=[rotation])

    placeholder = User.objects.get(email__endswith="@imported.invalid")
    assert (placeholder.is_active, placeholder.groups.count()) == (False, 0)
    assert row_of(run, "person", "u9")["verdict"] == "approximate"
    assert row_of(run, "person", "u9")["questions"][0]["asks_person"]
    bo = User.objects.get(email="bo@shop.example")

    imported(choices=OWN | {"person:u9": "BO@shop.example"}, rotations=[rotation])

    definition = Schedule.objects.get().versions.last().definition
    assert definition["layers"][0]["ring"] == [[bo.pk]]


def test_a_stakeholder_is_not_put_on_call():
    make_person("Stakeholder", email="ana@shop.example", name="Ana")

    run = imported(SMALL)

    row = row_of(run, "schedule", "7c1")
    assert (row["verdict"], row["object_id"]) == ("needs_you", None)
    assert "Ana is a Stakeholder" in row["sentences"][-1]
    assert row_of(run, "override", "7c1:o1:r1")["verdict"] == "needs_you"
    assert not Schedule.objects.exists()


@pytest.mark.parametrize("email", ["ana", "ana@", "@shop.example", "a b@shop.example", "x" * 300])
def test_who_has_no_address_is_a_placeholder(email):
    row = WHOLE[USERS + "di-u4.json"]
    changed = {**row, "user": {**row["user"], "username": email}}

    run = imported({**WHOLE, USERS + "di-u4.json": changed})

    assert User.objects.get(name="Di").email.endswith("@imported.invalid")
    assert "placeholder" in " ".join(row_of(run, "person", "u4")["sentences"])


def test_nobody_is_taken_for_somebody_who_is_not_here():
    stranger = {"type": "user", "id": "u9"}
    rotation = {**WHOLE[PATH]["schedule"]["rotations"][0], "participants": [stranger]}

    run = imported(choices={"person:u9": "nobody@shop.example"}, rotations=[rotation])

    row = row_of(run, "person", "u9")
    assert (row["verdict"], row["object_id"]) == ("needs_you", None)
    assert row_of(run, "schedule", "7c1")["verdict"] == "approximate"
    assert "u9, which is not taken" in " ".join(row_of(run, "schedule", "7c1")["sentences"])


def test_an_admin_adds_no_address_to_an_owner():
    make_person("Owner", email="ana@shop.example")

    run = imported(by=make_person("App Admin"))

    row = row_of(run, "contact_method", "u1-email")
    assert row["verdict"] == "needs_you"
    assert "may more than you" in row["sentences"][-1]
