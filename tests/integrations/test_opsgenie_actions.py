"""What clients of Opsgenie's Alert API do to an alert that is there."""

from datetime import timedelta

import pytest
from django.utils import timezone

from incidents.models import Alert, Incident, Service
from integrations.models import InboundMessage
from integrations.setup import replay
from notifications.models import Notification
from tests.factories import make_integration, make_policy, make_service, make_team, make_user
from tests.integrations.opsgenie import create, do, get, send, status_of
from tests.integrations.posting import log
from tests.tasks import run_tasks

pytestmark = pytest.mark.django_db


def timeline():
    return list(Incident.objects.get().timeline.values_list("verb", flat=True))


@pytest.mark.parametrize("kind", ["alias", "id", "tiny"])
def test_an_alert_is_closed_by_each_of_its_identifiers(client, genie, kind):
    created = status_of(client, genie, create(client, genie))
    tiny = str(Alert.objects.get().pk)
    named = {"alias": "disk", "id": created["alertId"], "tiny": tiny}[kind]

    data = status_of(client, genie, do(client, genie, "close", named, kind=kind))

    assert (data["success"], data["action"], data["status"]) == (True, "Close", "Closed alert")
    assert data["alertId"] == created["alertId"]
    assert Incident.objects.get().is_resolved


def test_an_alias_with_slashes_is_found(client, genie):
    create(client, genie, alias="db/1/close/disk")

    data = status_of(client, genie, do(client, genie, "close", "db/1/close/disk"))

    assert data["success"] is True


def test_a_note_of_the_sender_stands_on_the_timeline(client, genie):
    create(client, genie, note="Since the backup")
    do(client, genie, "close", note="Disk was emptied", user="Ana")

    notes = Incident.objects.get().timeline.filter(verb="commented")
    assert [line.text for line in notes] == ["Since the backup", "Disk was emptied"]
    assert notes[1].via == f"Opsgenie API ({genie.name}): Ana"


def test_to_close_what_is_not_open_is_accepted_and_then_said(client, genie):
    answer = do(client, genie, "close", "nothing")

    data = status_of(client, genie, answer)
    assert data["success"] is False
    assert "There is no open alert" in data["status"]
    assert log() == ["Mapped Ignored"]


@pytest.mark.parametrize("action", ["close", "acknowledge"])
def test_what_was_done_already_is_said_in_the_words_that_zabbix_tolerates(client, genie, action):
    create(client, genie)
    do(client, genie, action)

    data = status_of(client, genie, do(client, genie, action))

    assert data["success"] is False
    assert "Alert is already" in data["status"]


def test_an_acknowledgement_stops_and_taking_it_back_pages_again(client, genie):
    create(client, genie)

    do(client, genie, "acknowledge")
    acknowledged = Incident.objects.get().status
    do(client, genie, "unacknowledge")

    assert acknowledged == "acknowledged"
    incident = Incident.objects.get()
    assert (incident.status, incident.paging_round) == ("open", 2)
    assert incident.runs.filter(paging_round=2).exists()


def test_an_alert_is_snoozed_until_its_time(client, genie):
    create(client, genie)
    until = timezone.now() + timedelta(hours=2)

    data = status_of(client, genie, do(client, genie, "snooze", endTime=until.isoformat()))

    assert data["success"] is True
    assert Incident.objects.get().snoozed_until == until


@pytest.mark.parametrize("end", ["2001-01-01T00:00:00Z", "tomorrow", "2026-99-99T00:00:00Z"])
def test_a_snooze_that_cannot_be_is_told_and_changes_nothing(client, genie, end):
    create(client, genie)

    data = status_of(client, genie, do(client, genie, "snooze", endTime=end, note="later"))

    assert data["success"] is False
    assert timeline() == ["opened", *timeline()[1:]]
    assert "snoozed" not in timeline()
    assert "commented" not in timeline()


def test_escalating_tells_the_next_people(client):
    first, second = make_user("First"), make_user("Second")
    genie = make_integration("opsgenie", service=make_service(make_policy(first, second)))
    create(client, genie)

    do(client, genie, "escalate", escalation={"name": "any"})

    told = Notification.objects.filter(user=second)
    assert told.exists()
    assert "escalated" in timeline()


@pytest.mark.parametrize("how", ["username", "name"])
def test_an_alert_is_assigned_to_a_person_by_name_or_address(client, genie, how):
    ana = make_user("Ana Ferreira")
    create(client, genie)

    do(client, genie, "assign", owner={how: ana.email if how == "username" else "ana ferreira"})

    assert Incident.objects.get().assignee == ana


def test_an_unknown_owner_is_told(client, genie):
    create(client, genie)

    answer = do(client, genie, "assign", owner={"username": "nobody@example.org"})

    assert "nobody@example.org" in status_of(client, genie, answer)["status"]


def test_the_responders_of_an_alert_are_told_beside_those_of_the_policy(client, mailoutbox):
    on_call, ana, bo, cem = map(make_user, ("On call", "Ana", "Bo", "Cem"))
    genie = make_integration("opsgenie", service=make_service(make_policy(on_call)))
    team = make_team(bo)
    make_team(make_user("Not named"))

    create(
        client,
        genie,
        responders=[
            {"type": "user", "username": ana.email},
            {"type": "team", "name": team.name},
            {"type": "user", "username": "nobody@example.org"},
        ],
        teams=[{"name": make_team(cem).name}],
    )
    run_tasks()

    rows = Notification.objects.filter(channel="email")
    assert sorted(row.user.name for row in rows) == ["Ana", "Bo", "Cem", "On call"]
    assert sorted(address for sent in mailoutbox for address in sent.to) == sorted(
        person.email for person in (on_call, ana, bo, cem)
    )


def test_a_responder_who_is_added_is_told_at_once(client, genie):
    ana = make_user("Ana")
    bo = make_user("Bo")
    team = make_team(bo)
    create(client, genie)

    do(client, genie, "responders", responder={"type": "user", "username": ana.email})
    do(client, genie, "teams", team={"name": team.name})

    told = set(Notification.objects.exclude(channel="inapp").values_list("user", flat=True))
    assert {ana.pk, bo.pk} <= told


def test_details_and_tags_are_added_and_removed(client, genie):
    create(client, genie, tags=["prod", "env:eu"], details={"a": "1"})
    do(client, genie, "tags", tags=["new"])
    do(client, genie, "details", details={"b": "2"})
    send(client, genie, "delete", "/v2/alerts/disk/tags?identifierType=alias&tags=prod")
    send(client, genie, "delete", "/v2/alerts/disk/details?identifierType=alias&keys=a")

    data = get(client, genie, "/v2/alerts/disk", identifierType="alias").json()["data"]

    assert data["tags"] == ["env:eu", "new"]
    assert data["details"] == {"b": "2"}


def test_a_priority_brings_its_sla_targets(client, genie):
    row = {"severities": [], "priorities": ["P1"], "acknowledge": None, "resolve": 30}
    later = row | {"priorities": ["P2"], "resolve": 60}
    Service.objects.update(sla_targets=[row, later], resolve_within_minutes=90)
    create(client, genie, priority="P1")
    first = Incident.objects.get()
    do(client, genie, "priority", method="put", priority="P2")

    assert (first.resolve_target_minutes, first.resolve_by is not None) == (30, True)
    assert Incident.objects.get().resolve_target_minutes == 60


def test_message_description_and_priority_are_changed(client, genie):
    create(client, genie, priority="P5")

    for field, text in (("message", "Disk broken"), ("description", "Smoke"), ("priority", "P1")):
        assert do(client, genie, field, method="put", **{field: text}).status_code == 202

    incident = Incident.objects.get()
    assert (incident.title, incident.description) == ("Disk broken", "Smoke")
    assert (incident.priority, incident.severity, incident.urgency) == ("P1", "critical", "high")


def test_deleting_ends_it_as_cancelled_and_keeps_what_was(client, genie):
    create(client, genie)

    answer = send(client, genie, "delete", "/v2/alerts/disk?identifierType=alias")

    assert status_of(client, genie, answer)["action"] == "Delete"
    assert Incident.objects.get().resolution == "cancelled"
    assert Alert.objects.get().closed_at


def test_notes_are_added_and_listed(client, genie):
    create(client, genie)

    added = status_of(client, genie, do(client, genie, "notes", note="Looking"))
    listed = get(client, genie, "/v2/alerts/disk/notes", identifierType="alias").json()["data"]

    assert added["action"] == "AddNote"
    assert [row["note"] for row in listed] == ["Looking"]


def test_an_empty_body_closes(client, genie):
    create(client, genie)

    answer = send(client, genie, "post", "/v2/alerts/disk/close?identifierType=alias")

    assert status_of(client, genie, answer)["success"] is True


def test_a_replayed_action_is_done_again(client, genie):
    create(client, genie)
    do(client, genie, "notes", note="Twice")
    message = InboundMessage.objects.latest("pk")

    again = replay.replay(message.pk)

    assert again.status == "mapped"
    assert timeline().count("commented") == 2
