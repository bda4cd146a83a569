"""Addresses of a team itself: told one after another, answered by whoever answers."""

from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from escalation.actions import start
from escalation.models import Policy, Step, Target
from escalation.policies.ladder import ladder_of
from escalation.policies.plan_builder import plan_of_policy
from escalation.policies.rungs import Case
from notifications import action_links
from notifications.actions import replies
from notifications.actions.build_message import build_message
from notifications.actions.settings import set_team_contacts
from notifications.message.short import sms_text
from notifications.models import SharedChannel
from notifications.receipts import Reply
from tests.api import make_person, owner, script
from tests.factories import NOON, make_service, make_shared_channel, make_team, make_user
from tests.notifications.accounts import make_phone, make_provider, send, twilio
from tests.notifications.servers import answer

__all__ = ["twilio"]
pytestmark = pytest.mark.django_db
PHONE = "+4930123456"


def shared_phone(number=PHONE, name="NOC phone"):
    return SharedChannel.objects.create(channel="sms", name=name, config={"number": number})


def policy_of(team, **target):
    policy = Policy.objects.create(name="Night")
    step = Step.objects.create(policy=policy)
    Target.objects.create(step=step, kind="team", team=team, **target)
    return policy


@pytest.fixture
def team():
    """A team without members, with a phone at once and a room five minutes later."""
    team = make_team()
    room = make_shared_channel(name="NOC room")
    set_team_contacts(team, [(shared_phone(), 0), (room, 5)])
    return team


def paged(team):
    """What tells the addresses of the team of a new incident, in their order."""
    incident = start.open_incident(make_service(policy_of(team)), "Disk full", severity="critical")
    return list(incident.notifications.filter(shared_channel__isnull=False).order_by("due_at"))


def reached(row):
    row.state, row.done_at = "sent", timezone.now()
    row.save(update_fields=["state", "done_at"])
    return row


def say(text, **how):
    return replies.answer("sms", "1", Reply(address=PHONE, text=text, event_id="E1", **how))


def incident_of(row):
    row.incident.refresh_from_db()
    return row.incident


def test_the_addresses_are_told_one_after_another(team):
    first, second = paged(team)

    assert [str(first.shared_channel), str(second.shared_channel)] == ["NOC phone", "NOC room"]
    assert second.due_at - first.due_at == timedelta(minutes=5)
    assert first.reason == f"step 1 of Night: address of {team}"
    assert second.reason == f"step 1 of Night: address of {team}, 5 min later"


def test_a_team_without_members_is_reached_by_its_addresses(team):
    first, _ = paged(team)

    assert first.incident.timeline.filter(verb="paged").exists()
    assert not first.incident.timeline.filter(verb="no_recipient").exists()


def test_members_are_told_beside_them():
    team = make_team(make_user("Ana"))
    set_team_contacts(team, [(shared_phone(), 0)])

    (row,) = paged(team)

    told = row.incident.notifications.exclude(channel="inapp").order_by("channel")
    assert [one.channel for one in told] == ["email", "sms"]


def test_a_role_of_the_team_does_not_mean_its_addresses(team):
    assert paged_by_role(team) == []


def paged_by_role(team):
    policy = policy_of(team)
    Target.objects.update(kind="team_role", role="primary")
    incident = start.open_incident(make_service(policy), "Disk full")
    return list(incident.notifications.filter(shared_channel__isnull=False))


def test_the_forecast_has_them(team):
    case = Case(NOON, "high", "critical", "")

    ladder = ladder_of(plan_of_policy(policy_of(team)), case)

    told = ladder.rungs[0].told
    assert [one.name for one in told] == ["NOC phone", "NOC room"]
    assert told[1].ways[0].at - told[0].ways[0].at == timedelta(minutes=5)


def test_whoever_answers_acknowledges_and_the_timeline_names_the_telephone(team):
    row = reached(paged(team)[0])

    said = say(f"ack {row.incident_id}")

    line = row.incident.timeline.get(verb="acknowledged")
    assert said == f"#{row.incident_id} acknowledged."
    assert (incident_of(row).status, line.by, line.via) == ("acknowledged", None, "NOC phone")


def test_who_is_known_by_that_number_has_it(team):
    ana = make_person("App Admin", name="Ana")
    make_phone(PHONE, user=ana)
    row = reached(paged(team)[0])

    say("ack")

    assert incident_of(row).assignee == ana


def test_nobody_known_cannot_take_it(team):
    row = reached(paged(team)[0])

    said = say(f"take {row.incident_id}")

    assert said == f"Nobody is known by this address who could take #{row.incident_id}."
    assert incident_of(row).status == "open"


def test_another_number_acknowledges_nothing(team):
    row = reached(paged(team)[0])

    said = replies.answer(
        "sms", "1", Reply(address="+4930999", text=f"ack {row.incident_id}", event_id="E1")
    )

    assert said == ""
    assert incident_of(row).status == "open"


def test_what_was_not_told_there_is_not_acknowledged_there(team):
    other = start.open_incident(make_service(), "Payroll")
    reached(paged(team)[0])

    say(f"ack {other.pk}")

    other.refresh_from_db()
    assert other.status == "open"


def test_an_earlier_round_is_not_acknowledged(team):
    row = reached(paged(team)[0])
    row.incident.paging_round = 2
    row.incident.save()

    assert say(f"ack {row.incident_id}") == "That message was about no incident that is open."
    assert incident_of(row).status == "open"


def test_the_message_teaches_the_answer_and_its_link_asks_who_acts(team, client):
    row, _ = paged(team)

    message = build_message([row], now=timezone.now(), may_repeat=False)
    url = message.incidents[0].actions[0].url

    assert f"Reply ack {row.incident_id}." in sms_text(message)
    assert action_links.read_action(url.rstrip("/").rpartition("/")[2]).user_id is None
    assert client.get(url[url.index("/a/") :]).status_code == 403


def test_one_that_fails_has_the_next_told_at_once(team, twilio):
    make_provider()
    twilio.behave = partial(answer, status=400, body=b'{"code": 21211, "message": "Invalid"}')
    first, second = paged(team)

    send(first)

    second.refresh_from_db()
    assert first.state == "failed"
    assert second.due_at <= timezone.now()


def test_the_last_that_fails_is_on_the_timeline(team, twilio):
    make_provider()
    twilio.behave = partial(answer, status=400, body=b'{"code": 21211, "message": "Invalid"}')
    first, second = paged(team)
    second.delete()

    send(first)

    assert first.incident.timeline.get(verb="unreachable").text.startswith("NOC phone could not")


def test_a_manager_and_the_api_write_them_as_a_whole(team):
    room = SharedChannel.objects.get(name="NOC room")
    path = f"/api/v1/teams/{team.pk}/"
    wanted = {"contacts": [{"shared_channel": room.pk, "wait_minutes": 2}]}

    refused = script(make_person("Responder")).patch(path, wanted)
    written = owner().patch(path, wanted)

    assert refused.status_code in (403, 404)
    assert written.json()["contacts"] == [{"shared_channel": room.pk, "wait_minutes": 2}]
    assert [str(one) for one in team.contacts.all()] == ["NOC room, 2 min later"]


def test_they_are_entered_on_the_page_of_the_team(team, client):
    client.force_login(make_person("App Admin"))

    page = client.get(f"/admin/incidents/team/{team.pk}/change/").content.decode()

    assert "contact methods of the team" in page.lower()
    assert "NOC room" in page
