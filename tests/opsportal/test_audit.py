"""Each change of the configuration writes who made it, by what way, before and after."""

import re
from contextlib import suppress
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from escalation.actions import policy_documents, schedules
from escalation.actions.absences import add_absence, cancel_absence
from escalation.actions.overrides import Span, cancel_override
from escalation.actions.publish_shifts import publish_due
from escalation.actions.round_robins import write_entries
from escalation.choices import ActionKind, ConditionField, TargetKind, Trigger
from escalation.models import Play, Workflow
from escalation.workflows.editing import write_workflow
from incidents.actions import people
from incidents.models import AuditEntry, Team
from incidents.models.audit import written_together
from integrations.inbound import retention
from integrations.setup import rotation
from opsportal.audit.tracked import TRACKED, logged_fields
from opsportal.lib.audit import Cause, caused, name_of
from tests.api import make_paging_incident, make_person, script, session
from tests.escalation.schedules.test_targets import weekly
from tests.factories import (
    make_integration,
    make_override,
    make_policy,
    make_round_robin,
    make_schedule,
    make_service,
    make_team,
    make_user,
)
from tests.rows import each

pytestmark = pytest.mark.django_db
CREATED, CHANGED, DELETED = range(3)


def entries(row=None, **filters):
    rows = AuditEntry.objects.order_by("pk").filter(**filters)
    return list(rows if row is None else rows.filter(
        content_type__model=row._meta.model_name, object_id=row.pk
    ))  # fmt: skip


def test_a_page_the_api_and_a_command_are_told_apart():
    owner, service = make_person("Owner"), make_service(name="Shop")
    AuditEntry.objects.all().delete()

    fields = {"name": "Web shop", "description": "", "team": ""}
    session(owner).post(f"/services/{service.pk}/change/", fields, format="multipart")
    script(owner).patch(f"/api/v1/services/{service.pk}/", {"description": "Sells"})
    session(owner).patch(f"/api/v1/services/{service.pk}/", {"description": "Sells well"})
    service.refresh_from_db()
    service.description = "By hand"
    service.save()

    found = entries(service)
    assert [one.via for one in found[:3]] == ["page", "API key a test", "API"]
    assert [one.actor_id for one in found] == [owner.pk] * 3 + [None]
    assert found[0].changes["name"] == ["Shop", "Web shop"]
    assert found[1].changes == {"description": ["", "Sells"]}
    assert [one.remote_addr for one in found] == ["127.0.0.1"] * 3 + [None]
    assert found[0].actor_email == owner.email


def test_another_way_says_its_cause():
    boss = make_user("Boss")
    with caused(lambda: Cause(boss.pk, boss.email, "import from Opsgenie")):
        team = Team.objects.create(name="Imported")
    Team.objects.create(name="Later")

    (mine,) = entries(team)
    assert (mine.actor, mine.via) == (boss, "import from Opsgenie")
    assert entries()[-1].actor is None


def test_a_schedule_with_its_versions_and_overrides():
    ana, bo = make_user("Ana"), make_user("Bo")
    schedule = make_schedule(ana, bo, name="Payments")
    now = timezone.now()
    later = schedules.edit_schedule(
        schedule, weekly(bo), effective_from=now + timedelta(days=9), by=ana
    )
    schedules.edit_schedule(schedule, weekly(ana), effective_from=now + timedelta(days=2), by=ana)
    override = make_override(schedule, bo)
    cancel_override(override, by=ana)

    withdrawn = entries(later)[-1]
    assert withdrawn.action == CHANGED
    assert withdrawn.changes["withdrawn_at"][0] is None
    made = entries(override)[0]
    assert made.changes["people"][1] == [bo.pk]
    assert entries(override)[-1].changes["cancelled_by"][1] == "Ana"
    parts = entries(part_of=name_of(schedule))
    assert {one.content_type.model for one in parts} == {"scheduleversion", "override"}


def test_that_shifts_are_published_is_no_change_of_a_schedule():
    schedule = make_schedule(make_user("Ana"), name="Payments")
    AuditEntry.objects.all().delete()

    publish_due(timezone.now())

    schedule.refresh_from_db()
    assert schedule.published_until is not None
    assert entries() == []


def test_what_is_deleted_leaves_what_it_was():
    ana = make_user("Ana")
    schedule = make_schedule(ana, name="Payments")
    pk = schedule.pk
    schedules.delete_schedule(schedule)

    gone = entries(action=DELETED)
    assert {one.content_type.model for one in gone} == {"schedule", "scheduleversion"}
    row = next(one for one in gone if one.content_type.model == "schedule")
    assert (row.object_id, row.changes["name"][0]) == (pk, "Payments")


def test_absences_policies_plays_and_the_policy_of_a_service():
    ana, bo = make_user("Ana"), make_user("Bo")
    now = timezone.now()
    absence = add_absence(ana, Span(now + timedelta(hours=1), now + timedelta(hours=2)), cover=bo)
    cancel_absence(absence)
    policy = make_policy(ana, name="Standard")
    policy_documents.write_steps(policy, [{"targets": [{"kind": TargetKind.USER, "user": bo}]}])
    play = Play.objects.create(name="All hands")
    policy_documents.write_tiers(play, [{"users": [ana]}])
    service = make_service()
    policy_documents.set_default_policy(service, policy)
    policy_documents.set_default_policy(service, None)

    assert [one.action for one in entries(absence)] == [CREATED, CHANGED]
    of_policy = entries(part_of=name_of(policy))
    assert [one.content_type.model for one in of_policy] == [
        "step",
        "target",
        "target",
        "step",
        "step",
        "target",
    ]
    assert of_policy[-1].changes["user"][1] == "Bo"
    tier = entries(part_of=name_of(play))
    assert tier[-1].changes == {"users": {"type": "m2m", "operation": "add", "objects": ["Ana"]}}
    assert [one.action for one in entries(part_of=name_of(service))] == [CREATED, DELETED]


def test_a_workflow_with_its_conditions_and_actions():
    workflow = Workflow.objects.create(name="Tell", trigger=Trigger.STATUS)
    condition = {"field": ConditionField.SEVERITY, "value": "critical"}
    note = {"kind": ActionKind.NOTE, "text": "Look"}
    write_workflow(workflow, conditions=[condition], actions=[note])

    assert [one.action for one in entries(workflow)] == [CREATED]
    parts = entries(part_of=name_of(workflow))
    assert [one.content_type.model for one in parts] == ["condition", "workflowaction"]
    assert parts[0].changes["value"][1] == "critical"


def test_a_round_robin_with_its_entries_and_not_whose_turn_it_is():
    ana, bo = make_user("Ana"), make_user("Bo")
    ring, policy = make_round_robin(ana, bo), make_policy([ana])
    policy.steps.get().targets.create(kind="round_robin", round_robin=ring)
    AuditEntry.objects.all().delete()

    make_paging_incident(make_service(policy))
    ring.refresh_from_db()
    assert ring.next_index == 1
    write_entries(ring, [{"user": bo}])

    parts = entries(part_of=name_of(ring))
    assert sorted((one.action, *map(str, one.changes["user"])) for one in parts) == [
        (CREATED, "None", "Bo"),
        (DELETED, "Ana", "None"),
        (DELETED, "Bo", "None"),
    ]
    assert entries(ring) == []


def test_roles_of_people_and_places_in_teams():
    owner, ana = make_person("Owner"), make_person()
    team = make_team(ana)
    AuditEntry.objects.all().delete()

    people.change_person(ana.pk, by=owner, groups=[Group.objects.get(name="Responder")])
    people.set_members(team, [(owner, {"manager"})])

    assert entries(ana)[0].changes["groups"]["objects"] == ["Responder"]
    places = entries(part_of=name_of(team))
    assert [one.action for one in places] == [DELETED, CREATED]
    assert places[1].changes["is_manager"][1] is True


def test_a_change_that_is_undone_leaves_no_row():
    with transaction.atomic():
        Team.objects.create(name="Never")
        transaction.set_rollback(True)

    assert not entries(object_repr="Never")


def test_of_what_is_logged_together_the_undone_leaves_no_row_and_the_rest_is_one_statement():
    with CaptureQueriesContext(connection) as queries, transaction.atomic(), written_together():
        Team.objects.create(name="First")
        with suppress(IntegrityError), transaction.atomic(), written_together():
            for _ in range(2):  # Names are unique.
                Team.objects.create(name="Never")
        with transaction.atomic(), written_together():
            Team.objects.create(name="Last")
        assert not entries(object_repr="First")

    rows = entries(content_type__model="team")
    assert [row.object_repr for row in rows] == ["First", "Last"]
    assert {row.via for row in rows} != {""}
    written = [one for one in queries.captured_queries if "INSERT" in one["sql"]]
    assert sum("auditentry" in one["sql"] for one in written) == 1


def test_what_changes_nothing_and_what_was_only_tried_is_no_change():
    owner = make_person("Owner")
    AuditEntry.objects.all().delete()

    owner.save()
    people.would_leave_no_owner(owner, [], {})
    owner.last_login = timezone.now()
    owner.save(update_fields=["last_login"])

    assert entries() == []


def test_secrets_are_never_in_it():
    owner = make_person("Owner", password="a secret long enough")
    integration = make_integration("alertmanager")
    tokens = [integration.token]
    rotation.rotate_token(integration.pk)
    integration.refresh_from_db()
    tokens += [integration.token, integration.token_digest, owner.password]
    integration.basic_password = integration.bearer_token = "s3cr3t-b3arer"
    integration.signature_secret = "s3cr3t-b3arer"
    integration.name = "Renamed"
    integration.save()

    written = "".join(str(one.changes) for one in entries())
    assert "Renamed" in written
    assert not [text for text in [*tokens, "s3cr3t-b3arer"] if text in written]


@each("model", list(TRACKED))
def test_no_column_whose_name_tells_of_a_secret_is_logged(model):
    words = re.compile("token|secret|password|digest|code$|key")

    assert [name for name in logged_fields(model) if words.search(name)] == []
    assert TRACKED[model] <= {field.name for field in model._meta.concrete_fields}


def test_paging_and_ingest_write_no_row_and_ask_for_none():
    ana = make_user("Ana")
    service = make_service(make_policy(ana))
    AuditEntry.objects.all().delete()

    with CaptureQueriesContext(
        connection,
    ) as queries:
        make_paging_incident(service)

    assert entries() == []
    assert not [one for one in queries.captured_queries if "auditentry" in one["sql"]]


def test_old_rows_go_with_the_retention_and_not_before_two_years():
    team = Team.objects.create(name="Old")
    now = timezone.now()
    AuditEntry.objects.update(timestamp=now - timedelta(days=729))
    retention.prune(now)
    assert entries(team)

    retention.change_retention(audit_days=728)
    retention.prune(now)
    assert not entries(team)
