"""Whom an alert reaches: overrides, dynamic groups, and the recipients that its sender names."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from escalation.models import Play, Run, Tier
from incidents.models import Alert, ConferenceBridge, Incident
from integrations.errors import RulesError
from integrations.models import InboundMessage
from integrations.setup import edit, integrations
from integrations.setup import routing as integration_routing
from notifications.models import Notification
from tests.factories import make_integration, make_policy, make_service, make_team, make_user
from tests.integrations.posting import post, work

pytestmark = pytest.mark.django_db

RULES = {
    "source": "Probe",
    "fields": {
        "source_id": "id",
        "subject": "what",
        "status": "state",
        "assignee": "owner",
        "recipient_users": "people",
        "recipient_groups": "groups",
        "topic": "about",
    },
    "close_when": {"operator": "equals", "value": "up"},
}
SATURDAY_NIGHT = datetime(2026, 3, 28, 22, 30, tzinfo=UTC)  # 23:30 in Berlin.
SUNDAY_MORNING = datetime(2026, 3, 29, 4, 30, tzinfo=UTC)  # 06:30: the clocks went forward.


def led(routing=None, *, told=(), **fields):
    policy = make_policy(*told) if told else None
    fields.setdefault("service", make_service(policy))
    return make_integration("custom", rules=RULES, routing=routing or {}, **fields)


def alert(number=1, **fields):
    return {"id": number, "what": "Disk full", "state": "down", **fields}


def arrive(client, integration, body, at=None):
    post(client, integration, body)
    if at:
        InboundMessage.objects.update(received_at=at)
    work()


def told():
    return set(Notification.objects.filter(channel="email").values_list("user__name", flat=True))


@pytest.mark.parametrize(("at", "name"), [(SATURDAY_NIGHT, "Night"), (SUNDAY_MORNING, "Day")])
def test_an_override_by_time_leads_to_another_policy(client, at, name):
    night = make_policy(make_user("Night"))
    row = {"days": ["sat"], "start": "18:00", "end": "06:00", "policy": night.pk}
    routing = {"time_zone": "Europe/Berlin", "overrides": [row]}

    arrive(client, led(routing, told=[make_user("Day")]), alert(), at)

    assert told() == {name}


def test_an_override_by_a_field_leads_to_a_response_play(client):
    play = Play.objects.create(name="All hands")
    Tier.objects.create(play=play).users.set([make_user("Hand")])
    when = {"path": "what", "operator": "matches", "value": "disk|ram"}
    integration = led({"overrides": [{"when": when, "play": play.pk}]}, told=[make_user("Day")])

    arrive(client, integration, alert())

    assert told() == {"Hand"}
    assert Run.objects.get().play == play


def test_each_event_of_a_message_is_led_by_itself(client):
    other = make_policy(make_user("Other"))
    when = {"path": "host", "operator": "contains", "value": "db"}
    rules = {**RULES, "each": "alerts"}
    integration = led({"overrides": [{"when": when, "policy": other.pk}]}, told=[make_user("Day")])
    integrations.change_rules(integration.pk, rules)

    arrive(client, integration, {"alerts": [alert(1, host="web"), alert(2, host="db")]})

    assert told() == {"Day", "Other"}
    assert Run.objects.get(incident__alerts__source_id="2").policy == other


def test_the_recipients_of_the_integration_stay_where_an_override_holds(client):
    other = make_policy(make_user("Other"))
    integration = led({"overrides": [{"days": [], "when": ANY, "policy": other.pk}]}, told=[])
    integration.users.add(make_user("Recipient"))

    arrive(client, integration, alert())

    assert told() == {"Other", "Recipient"}


ANY = {"path": "id", "operator": "exists"}


def test_where_the_policy_of_an_override_is_gone_the_basic_one_pages(client):
    gone = make_policy(make_user("Gone"))
    integration = led({"overrides": [{"when": ANY, "policy": gone.pk}]}, told=[make_user("Day")])
    gone.delete()

    arrive(client, integration, alert())

    assert told() == {"Day"}


@pytest.mark.parametrize("place", ["override", "integration"])
def test_where_a_policy_is_switched_off_the_next_one_pages(client, place):
    off = make_policy(make_user("Off"), is_enabled=False)
    routing = {"overrides": [{"when": ANY, "policy": off.pk}]} if place == "override" else {}
    own = {"policy": off} if place == "integration" else {}

    arrive(client, led(routing, told=[make_user("Day")], **own), alert())

    assert told() == {"Day"}


def test_dynamic_groups_are_told_in_addition(client):
    def row(operator, value, name):
        team = make_team(make_user(name))
        return {"when": {"path": "host", "operator": operator, "value": value}, "team": team.pk}

    rows = [
        row("contains", "db", "Base"),
        row("matches", "^web", "Web"),
        row("matches", "1$", "One"),
    ]
    integration = led({"dynamic_groups": rows}, told=[make_user("Day")])

    arrive(client, integration, alert(host="DB-1"))

    assert told() == {"Day", "Base", "One"}


def test_whom_the_sender_names_is_told_in_addition(client):
    bob = make_user("Bob Bee")
    team = make_team(make_user("Member"))
    carol = make_user("Carol")
    body = alert(owner="bob bee", people=[carol.email.upper()], groups=[team.name.upper()])

    arrive(client, led(told=[make_user("Day")]), body)

    assert told() == {"Day", bob.name, "Carol", "Member"}
    assert not Incident.objects.get().timeline.filter(verb="recipient_unknown").exists()


def test_whom_the_sender_names_is_told_also_where_there_is_no_policy(client):
    carol = make_user("Carol")

    arrive(client, led(), alert(people=[carol.email]))

    assert told() == {"Carol"}


def test_whom_nobody_knows_is_a_line_on_the_timeline(client):
    make_user("Gone", is_active=False)

    arrive(client, led(told=[make_user("Day")]), alert(owner="Gone", groups=["Nobodies"]))

    lines = Incident.objects.get().timeline.filter(verb="recipient_unknown")
    assert [line.text for line in lines] == [
        "“Gone” is nobody whom this portal can tell",
        "“Nobodies” is nobody whom this portal can tell",
    ]
    assert told() == {"Day"}
    assert InboundMessage.objects.get().action == "opened"


def test_the_bridge_is_copied_onto_the_incident(client):
    bridge = ConferenceBridge.objects.create(
        name="Ops",
        telephone_number="+49 30 1234",
        access_code="99",
        meeting_url="https://m.example/o",
    )

    arrive(client, led(conference_bridge=bridge), alert())
    bridge.delete()

    assert Incident.objects.get().conference_bridge == "+49 30 1234, code 99 · https://m.example/o"
    assert Alert.objects.get().attributes == {}


def test_routing_that_names_what_is_not_there_is_refused_with_its_place():
    integration = led()
    routing = {
        "overrides": [{"days": ["mon"], "policy": 987654}],
        "dynamic_groups": [{"when": ANY, "team": 987654}],
    }

    with pytest.raises(RulesError) as refusal:
        integration_routing.change_routing(integration.pk, routing)

    assert refusal.value.problems == [
        ("overrides[0].policy", "there is no policy 987654"),
        ("dynamic_groups[0].team", "there is no team 987654"),
    ]
    integration.refresh_from_db()
    assert integration.routing == {}


def test_routing_that_stopped_working_pages_as_if_there_was_none(client):
    integration = led(told=[make_user("Day")])
    integration.routing = {"delay": {"rule": "of old"}}
    integration.save()

    arrive(client, integration, alert())

    assert told() == {"Day"}


def test_a_clone_has_the_same_routing():
    integration = led({"close_after_minutes": 5})

    assert edit.clone_integration(integration.pk).routing == {"close_after_minutes": 5}


def test_no_message_of_a_batch_costs_a_query_of_its_own(client):
    other, team = make_policy(make_user()), make_team(make_user())
    routing = {
        "delay": {"rule": "alerts_within", "alerts": 3, "minutes": 5},
        "grouping": {"by": ["cluster"]},
        "overrides": [{"when": ANY, "policy": other.pk}],
        "dynamic_groups": [{"when": ANY, "team": team.pk}],
        "close_after_minutes": 5,
    }
    integration = led(routing, told=[make_user()])

    def cost(count):
        for number in range(count):
            named = f"somebody {count} {number}"
            post(
                client,
                integration,
                alert(f"{count} {number}", cluster=f"{count} {number // 2}", owner=named),
            )
        with CaptureQueriesContext(connection) as queries:
            work()
        return len(queries)

    cost(1)
    assert cost(20) == cost(5)
