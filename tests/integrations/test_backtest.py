"""Which of the last messages would go another way."""

import copy
import json
import random

import pytest

from incidents.models import Alert, Incident
from integrations.backtest import compare
from integrations.errors import RulesError
from integrations.models import InboundMessage, Integration
from integrations.setup import edit, integrations, replay
from tests.api import owner
from tests.factories import make_integration, make_policy, make_service, make_team
from tests.integrations.pages import admin_browser, browser, text_of
from tests.integrations.posting import post, work

pytestmark = pytest.mark.django_db

RULES = {
    "source": "T",
    "fields": {"source_id": "id", "status": "state", "subject": "title", "severity": "level"},
    "close_when": {"values": ["up"]},
    "open_when": {"values": ["down"]},
}


def changed(**fields):
    rules = copy.deepcopy(RULES)
    for name, value in fields.items():
        if name in rules["fields"]:
            rules["fields"][name] = value
        else:
            rules[name] = value
    return rules


def sender(**fields):
    return make_integration("custom", rules=RULES, policy=make_policy(), **fields)


def body(number, state="down", **more):
    return {"id": number, "state": state, "title": f"Disk {number}", "level": "error", **more}


def send(client, integration, *bodies):
    for one in bodies:
        post(client, integration, one)
    work()


def counts(comparison):
    return {what: number for number, what in comparison.counts}


def test_the_same_rules_change_nothing(client):
    integration = sender()
    send(client, integration, body(1), body(1), body(1, "up"), body(2, "odd"))

    found = compare(integration, integration.rules)

    assert (found.total, found.same, found.rows) == (4, 4, [])
    assert found.says == "Of 4 messages 4 the same."


def test_what_was_ignored_and_would_open_is_counted(client):
    integration = sender()
    send(client, integration, body(1), body(2, "bad"), body(3, "bad"), body(1, "up"))

    found = compare(integration, changed(open_when={"values": ["down", "bad"]}))

    assert (found.same, counts(found)) == (2, {"open an alert, and were ignored": 2})
    assert (found.before.opened, found.after.opened) == (1, 3)
    assert (found.before.pages, found.after.pages) == (1, 3)


def test_what_opened_and_would_be_filtered_out_is_counted(client):
    integration = sender()
    send(client, integration, body(1, env="dev"), body(2, env="prod"))

    found = compare(integration, changed(filters={"all": [{"path": "env", "values": ["prod"]}]}))

    assert counts(found) == {"be ignored, and opened an alert or were added to one": 1}
    assert "env" in found.rows[0].result_after.failure


def test_what_would_no_longer_close_is_counted(client):
    integration = sender()
    send(client, integration, body(1), body(1, "up"))

    found = compare(integration, changed(close_when={"values": ["gone"]}))

    assert counts(found) == {"close nothing any more": 1}
    assert (found.before.closed, found.after.closed) == (1, 0)


def test_a_key_that_is_only_written_otherwise_changes_nothing(client):
    integration = sender()
    send(client, integration, body(1), body(1), body(1, "up"), body(2))

    assert compare(integration, changed(source_id="<id>!")).rows == []


def test_a_key_that_is_too_coarse_closes_another_alert(client):
    integration = sender()
    send(client, integration, body(1), body(2), body(2, "up"))

    found = compare(integration, changed(source_id={"static": "all"}))

    assert counts(found) == {
        "be added to an open alert, and opened one of their own": 1,
        "close another alert": 1,
    }
    assert found.after.pages == 1


def test_severity_and_title_are_compared(client):
    integration = sender()
    send(client, integration, body(1, level="critical", name="Other"))

    found = compare(integration, changed(severity={"static": "info"}, subject="name"))

    assert counts(found) == {"have another severity": 1, "have another title": 1}


def test_a_message_that_a_sibling_would_take_is_said(client):
    integration = sender(name="First")
    clone = edit.clone_integration(integration.pk)
    send(client, integration, body(1))
    filters = {"none": [{"path": "id", "values": ["1"]}]}

    found = compare(integration, changed(filters=filters))

    assert clone.name == "First (copy)"
    assert counts(found) == {"be taken by another integration": 1}


def test_rules_of_a_sibling_are_tried_on_the_messages_of_the_url(client):
    integration = sender()
    clone = edit.clone_integration(integration.pk)
    send(client, integration, body(1))

    assert compare(clone, changed(open_when={"values": ["never"]})).rows == []


def test_a_delay_makes_short_alerts_silent(client):
    integration = sender()
    send(client, integration, body(1), body(1, "up"), body(2))
    delay = {"delay": {"rule": "minutes", "minutes": 10}}

    found = compare(integration, RULES, delay)

    assert counts(found) == {"be suppressed before anybody is told": 2}
    assert (found.before.pages, found.after.pages, found.after.silent) == (2, 0, 1)


def test_an_override_sends_to_other_people(client):
    integration, policy = sender(), make_policy()
    send(client, integration, body(1, env="prod"), body(2, env="dev"))
    when = {"path": "env", "operator": "equals", "value": "prod"}

    found = compare(integration, RULES, {"overrides": [{"when": when, "policy": policy.pk}]})

    assert counts(found) == {"go to other people": 1}


def test_grouped_alerts_page_once(client):
    integration = sender()
    send(client, integration, body(1), body(2), body(3))

    found = compare(integration, RULES, {"grouping": {"minutes": 10}})

    assert (found.before.pages, found.after.pages) == (3, 1)
    assert found.after.opened == 3


def test_tests_and_replays_are_left_out(client):
    integration = sender()
    send(client, integration, body(1))
    replay.send_sample(integration.pk)
    replay.replay(InboundMessage.objects.first().pk)

    assert compare(integration, RULES).total == 1


def test_only_so_many_of_the_last_are_read(client):
    integration = sender()
    send(client, integration, *[body(n) for n in range(6)])

    assert compare(integration, RULES, limit=4).total == 4


def test_a_comparison_changes_nothing(client):
    integration = sender()
    post(client, integration, body(1))

    compare(integration, changed(open_when={"values": ["down", "bad"]}))

    assert not Alert.objects.exists()
    assert Integration.objects.get().rules == RULES


def test_rules_that_cannot_work_are_refused():
    with pytest.raises(RulesError):
        compare(sender(), {"feilds": {}})


@pytest.mark.parametrize("seed", range(3))
def test_what_it_says_of_the_rules_as_they_are_is_what_the_engine_did(client, seed):
    """The simulation is no second opinion: it must come to what was really done."""
    chance = random.Random(seed)
    integration = sender()
    states = ["down", "down", "up", "odd"]
    bodies = [body(chance.randrange(4), chance.choice(states)) for _ in range(40)]
    send(client, integration, *bodies)

    found = compare(integration, changed(open_when={"values": ["down", "odd"]}))

    assert found.before.opened == Alert.objects.count()
    assert found.before.closed == Alert.objects.exclude(closed_at=None).count()
    assert found.before.pages == Incident.objects.count()
    integrations.change_rules(integration.pk, changed(open_when={"values": ["down", "odd"]}))
    Incident.objects.all().delete()
    InboundMessage.objects.all().delete()
    send(client, Integration.objects.get(), *bodies)
    assert found.after.opened == Alert.objects.count()
    assert found.after.pages == Incident.objects.count()


def page(integration):
    return f"/integrations/{integration.pk}/backtest/"


def test_the_page_says_it_and_links_to_the_messages(client):
    integration = sender()
    send(client, integration, body(1), body(2, "bad"))
    rules = changed(open_when={"values": ["down", "bad"]})

    answer = admin_browser().post(page(integration), {"rules": dumps(rules)})

    text = text_of(answer)
    assert "1 of 2 messages go the same way" in text
    assert "open an alert, and were ignored" in text
    assert f"/inbound-log/{InboundMessage.objects.latest('pk').pk}/" in text
    assert Integration.objects.get().rules == RULES


def dumps(value):
    return json.dumps(value)


def test_saving_saves_exactly_what_was_tried(client):
    integration, visitor = sender(), admin_browser()
    rules = changed(open_when={"values": ["down", "bad"]})
    routing = {"close_after_minutes": 5}
    sent = {"rules": dumps(rules), "routing": dumps(routing)}

    tested = visitor.post(page(integration), sent).context["tested"]
    visitor.post(page(integration), {"do": "save", "tested": tested, "rules": "{}"})

    integration.refresh_from_db()
    assert (integration.rules, integration.routing) == (rules, routing)


def test_what_was_tampered_with_is_not_saved():
    integration, visitor = sender(), admin_browser()
    rules = dumps(changed(open_when={"values": ["bad"]}))
    tested = visitor.post(page(integration), {"rules": rules}).context["tested"]

    visitor.post(page(integration), {"do": "save", "tested": f"x{tested}"})
    visitor.post(page(sender()), {"do": "save", "tested": tested})

    assert all(row.rules == RULES for row in Integration.objects.all())


def test_a_test_of_rules_that_were_changed_since_is_not_saved():
    integration, visitor = sender(), admin_browser()
    rules = dumps(changed(open_when={"values": ["bad"]}))
    tested = visitor.post(page(integration), {"rules": rules}).context["tested"]
    integrations.change_rules(integration.pk, changed(subject="name"))

    answer = visitor.post(page(integration), {"do": "save", "tested": tested}, follow=True)

    assert "changed meanwhile" in text_of(answer)
    assert Integration.objects.get().rules == changed(subject="name")


@pytest.mark.parametrize("text", ['{"fields": ', '{"feilds": {}}', "[]"])
def test_the_page_explains_rules_that_cannot_work(text):
    answer = admin_browser().post(page(sender()), {"rules": text})

    assert answer.status_code == 422
    assert "cannot work" in text_of(answer)


def test_a_panel_of_the_advanced_settings_is_tried_without_being_saved(client):
    integration = sender()
    send(client, integration, body(1, env="dev"), body(2, env="prod"))
    row = {"path": "env", "operator": "equals", "values": "prod"}
    sent = {f"filters.all.0.{name}": value for name, value in row.items()}

    answer = admin_browser().post(page(integration), {"panel": "filters", "do": "backtest", **sent})

    assert counts(answer.context["found"]) == {
        "be ignored, and opened an alert or were added to one": 1
    }
    assert Integration.objects.get().rules == RULES


def test_trying_needs_the_entitlement():
    client = browser("Responder")
    integration = sender(service=make_service(team=make_team(client.user)))

    assert client.post(page(integration), {"rules": "{}"}).status_code == 403
    assert admin_browser().get(page(integration)).status_code == 405


def test_a_script_gets_the_same(client):
    integration = sender()
    send(client, integration, body(1), body(2, "bad"))
    rules = changed(open_when={"values": ["down", "bad"]})

    url = f"/api/v1/integrations/{integration.pk}/backtest/"
    found = owner().post(url, {"rules": rules}).json()

    assert (found["total"], found["same"], found["after"]["pages"]) == (2, 1, 2)
    assert found["rows"][0]["after"] == ["opened"]
    assert found["counts"] == [{"messages": 1, "effect": "open an alert, and were ignored"}]
