"""Teaching an integration: its page, its API, and what is refused."""

import json
import re

import pytest

from incidents.errors import InvalidRequest
from incidents.models import Alert, Incident
from integrations.inference import Choice, propose
from integrations.models import InboundMessage, Integration
from integrations.setup import inference, replay
from tests.api import owner
from tests.factories import make_integration, make_policy, make_service, make_team
from tests.integrations.pages import admin_browser, browser, text_of
from tests.integrations.posting import log, post, work
from tests.integrations.test_rule_inference import NASTY

pytestmark = pytest.mark.django_db


def page(integration):
    return f"/integrations/{integration.pk}/learn/"


def pasted(firing=NASTY[0], resolved=NASTY[1], **more):
    return {"firing": json.dumps(firing), "resolved": json.dumps(resolved), **more}


def taught(**fields):
    integration = make_integration("custom", policy=make_policy(), **fields)
    return inference.save_inferred_rules(integration.pk, *NASTY, propose(*NASTY).choice)


def test_what_was_taught_opens_and_closes_for_real(client):
    integration = taught()

    post(client, integration, NASTY[0])
    post(client, integration, NASTY[1])
    work()

    assert log() == ["Mapped (opened)", "Mapped (closed)"]
    assert Incident.objects.get().is_resolved


def test_the_pair_is_kept_and_test_sends_it():
    integration = taught()

    opened = replay.send_sample(integration.pk, "open")
    closed = replay.send_sample(integration.pk, "close")

    assert (opened.action, closed.action) == ("opened", "closed")
    assert json.loads(bytes(opened.body)) == NASTY[0]
    previews = admin_browser().get(f"/integrations/{integration.pk}/").context["previews"]
    assert [preview["events"][0]["action"] for preview in previews] == ["trigger", "resolve"]


def test_a_choice_that_does_not_close_is_refused_and_the_old_rules_stay():
    integration = make_integration("custom")
    choice = Choice(**{**propose(*NASTY).choice.as_json(), "key": "event_id"})

    with pytest.raises(InvalidRequest, match="another alert"):
        inference.save_inferred_rules(integration.pk, *NASTY, choice)

    assert Integration.objects.get().rules == integration.rules


def test_filters_stay_as_they_were():
    filters = {"all": [{"path": "env", "values": ["prod"]}]}
    rules = {**make_integration("custom").rules, "filters": filters}

    integration = taught(rules=rules)

    assert integration.rules["filters"] == filters


def test_secrets_of_the_pair_are_not_kept():
    integration = make_integration("custom")
    bodies = [{**body, "api_token": "between-us-only"} for body in NASTY]

    saved = inference.save_inferred_rules(integration.pk, *bodies, propose(*bodies).choice)

    assert "between-us-only" not in json.dumps(saved.rules)


def test_a_pair_too_large_to_keep_is_taught_all_the_same():
    bodies = [{**body, "log": "x" * 60_000} for body in NASTY]

    saved = inference.save_inferred_rules(
        make_integration("custom").pk, *bodies, propose(*bodies).choice
    )

    assert "samples" not in saved.rules


def test_text_that_no_database_takes_is_cleaned():
    bodies = [{**body, "note": "a\x00b"} for body in NASTY]

    saved = inference.save_inferred_rules(
        make_integration("custom").pk, *bodies, propose(*bodies).choice
    )

    saved.refresh_from_db()
    assert "\x00" not in saved.rules["samples"]["open"]["note"]


def test_samples_beyond_their_bound_are_refused_as_rules():
    integration = make_integration("custom")
    rules = {**integration.rules, "samples": {"open": "x" * 100_001}}

    answer = owner().patch(f"/api/v1/integrations/{integration.pk}/", {"rules": rules})

    assert answer.status_code == 400
    assert "100 kB" in str(answer.json())


def test_the_page_shows_the_url_before_anything_has_come():
    integration = make_integration("custom")

    shown = text_of(admin_browser().get(page(integration)))

    assert integration.url in shown
    assert "Waiting for the first message" in shown


def test_what_arrives_is_shown_and_picked_with_a_click(client):
    integration = make_integration("custom")
    for body in NASTY:
        post(client, integration, body)
    work()
    first, second = InboundMessage.objects.order_by("pk")
    visitor = admin_browser()

    region = text_of(visitor.get(page(integration), headers={"HX-Request": "true"}))
    half = visitor.post(page(integration), {"pick_firing": first.pk})
    firing = half.context["bodies"]["firing"]["text"]
    both = visitor.post(page(integration), {"pick_resolved": second.pk, "firing": firing})

    assert f'name="pick_firing" value="{first.pk}"' in region
    assert json.loads(firing) == NASTY[0]
    assert both.context["verdict"].is_good


def test_messages_of_other_integrations_are_not_to_be_picked(client):
    other = make_integration("odown")
    post(client, other, NASTY[0])

    sent = {"pick_firing": InboundMessage.objects.get().pk}
    shown = admin_browser().post(page(make_integration("custom")), sent)

    assert shown.context["bodies"]["firing"]["text"] == ""


def test_pasted_bodies_are_compared_and_said_in_words():
    shown = admin_browser().post(page(make_integration("custom")), pasted(do="find"))

    text = text_of(shown)
    assert "the second closes the same alert" in text
    assert '<mark class="role-key">&quot;web-1&quot;</mark>' in text
    assert '<mark class="role-status">&quot;CRITICAL&quot;</mark>' in text


@pytest.mark.parametrize(
    ("text", "said"),
    [('{"a": ', "line 1"), ("hello", "neither JSON nor a form"), ('"hello"', "a single value")],
)
def test_a_body_that_cannot_be_read_says_why(text, said):
    sent = {"firing": text, "resolved": "{}"}

    assert said in text_of(admin_browser().post(page(make_integration("custom")), sent))


def test_another_choice_is_judged_at_once():
    integration = make_integration("custom")
    sent = pasted(key="event_id", status="state", status_was="state", each="", each_was="")
    sent |= {"open_values": "CRITICAL", "close_values": "OK", "subject": "output"}

    shown = admin_browser().post(page(integration), sent, headers={"HX-Request": "true"})

    assert "closes another alert" in text_of(shown)
    assert "<html" not in text_of(shown)


def test_another_status_brings_its_own_values():
    sent = pasted(key="host", status="output", status_was="state", each="", each_was="")
    sent |= {"open_values": "CRITICAL", "close_values": "OK", "subject": "output"}

    choice = admin_browser().post(page(make_integration("custom")), sent).context["choice"]

    assert choice.open_values == ("connection refused",)
    assert choice.close_values == ("HTTP 200 in 0.1 s",)


def test_a_path_that_was_not_proposed_may_be_written():
    sent = pasted(key="other", key_other="<host>-<env>", status="state", status_was="state")
    sent |= {"each": "", "each_was": "", "subject": "output", "do": "save"}
    sent |= {"open_values": "CRITICAL\r\nDOWN", "close_values": "OK"}
    integration = make_integration("custom")

    admin_browser().post(page(integration), sent)

    integration.refresh_from_db()
    assert integration.rules["fields"]["source_id"] == "<host>-<env>"


def test_the_form_as_it_is_shown_says_what_was_chosen():
    """What a browser would send back is the choice itself."""
    visitor, url = admin_browser(), page(make_integration("custom"))
    shown = visitor.post(url, pasted(do="find"))
    text = text_of(shown)
    areas = dict(re.findall(r'<textarea[^>]*name="(\w+_values)"[^>]*>([^<]*)<', text))
    hidden = dict(re.findall(r'type="hidden" name="(\w+_was|each)" value="([^"]*)"', text))
    chosen = {field["name"]: field["value"] for field in shown.context["fields"]}

    again = visitor.post(url, pasted(**chosen, **areas, **hidden))

    assert set(areas) == {"open_values", "close_values"}
    assert again.context["choice"] == shown.context["choice"]


def test_the_field_for_another_path_stays_while_it_is_empty():
    sent = pasted(key="other", key_other="", each="", each_was="")

    fields = admin_browser().post(page(make_integration("custom")), sent).context["fields"]

    assert [field["name"] for field in fields if field["is_other"]] == ["key"]


def test_the_page_refuses_to_save_what_does_not_close():
    integration = make_integration("custom")
    sent = pasted(key="event_id", status="state", status_was="state", do="save")
    sent |= {"each": "", "each_was": "", "subject": "output"}

    answer = admin_browser().post(page(integration), sent)

    assert answer.status_code == 422
    assert "Not saved" in text_of(answer)
    assert Integration.objects.get().rules == integration.rules


def test_saving_leads_to_the_saved_page():
    integration = make_integration("custom")

    answer = admin_browser().post(page(integration), pasted(do="save"))

    assert answer.url == integration.get_absolute_url()
    assert Integration.objects.get().rules["fields"]["source_id"] == "<host> / <service>"


@pytest.mark.parametrize("template", ["custom", "generic-webhook"])
def test_creation_leads_to_teaching_where_that_is_wanted(template):
    service = make_service(make_policy())
    sent = {"name": "Mine", "service": service.pk, "mode": "policy", "sequence": 0}

    answer = admin_browser().post(f"/integrations/add/{template}/", {**sent, "then": "teach"})

    assert answer.url == page(Integration.objects.get())


def test_a_body_is_text_and_never_markup():
    body = {**NASTY[0], "output": "<script>alert(1)</script>"}

    text = text_of(admin_browser().post(page(make_integration("custom")), pasted(body)))

    assert "<script>alert(1)" not in text


def test_teaching_needs_the_entitlement():
    client = browser("Responder")
    integration = make_integration("custom", service=make_service(team=make_team(client.user)))

    assert client.get(page(integration)).status_code == 403
    assert client.post(page(integration), pasted(do="save")).status_code == 403


def test_a_script_teaches_dry_and_then_for_real():
    integration = make_integration("custom")
    url = f"/api/v1/integrations/{integration.pk}/learn/"
    body = {"firing": NASTY[0], "resolved": NASTY[1]}
    script = owner()

    dry = script.post(url, body).json()
    before = Integration.objects.get().rules
    saved = script.post(url, {**body, "save": True, "choice": {"key": "host"}}).json()

    assert (dry["problems"], dry["saved"], before) == ([], False, integration.rules)
    assert dry["keys"][0]["rule"] == "<host> / <service>"
    assert saved["saved"]
    assert Integration.objects.get().rules["fields"]["source_id"] == "host"


def test_a_script_is_refused_with_the_reason():
    integration = make_integration("custom")
    body = {"firing": NASTY[0], "resolved": NASTY[1], "save": True, "choice": {"key": "event_id"}}

    answer = owner().post(f"/api/v1/integrations/{integration.pk}/learn/", body)

    assert answer.status_code in (400, 409)
    assert "another alert" in str(answer.json())
    assert not Alert.objects.exists()
