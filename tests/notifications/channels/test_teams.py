"""Workflows of Microsoft Teams: what a flow takes, and what it answers."""

import pytest

from notifications.channels import all_channels
from tests.notifications.channels.hooks import EVENTS, HUGE, HUGE_ONE, fault, got, refusal, says
from tests.notifications.samples import SITE, make_brief, make_message

TEAMS = all_channels()["teams"]


@pytest.fixture
def config(receiver):
    says(receiver, 202, "", x_ms_workflow_run_id="0858")
    return {"url": f"{receiver.url}?sp=a&sv=1.0&sig=t0ken-of-this-hook"}


def card(receiver):
    body = got(receiver)
    (attachment,) = body["attachments"]
    assert body["type"] == "message"
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    return attachment["content"]


def test_an_incident_is_an_adaptive_card_whose_buttons_open_pages(receiver, config):
    provider_id = TEAMS.send(config, EVENTS["triggered"])

    shown = card(receiver)
    assert provider_id == "0858"
    assert (shown["type"], shown["version"]) == ("AdaptiveCard", "1.4")
    assert shown["body"][0]["color"] == "Attention"
    assert shown["body"][0]["text"] == (
        r"\[critical\] Web Application: Incident \#1042: High CPU on web-01"
    )
    facts = next(part["facts"] for part in shown["body"] if part["type"] == "FactSet")
    assert {"title": "Service", "value": "Web Application"} in facts
    assert [(one["type"], one["url"]) for one in shown["actions"]] == [
        ("Action.OpenUrl", f"{SITE}/a/ack1042/"),
        ("Action.OpenUrl", f"{SITE}/a/res1042/"),
        ("Action.OpenUrl", f"{SITE}/incidents/1042/"),
    ]


def test_that_a_flow_began_is_no_proof_that_somebody_was_told():
    assert TEAMS.reaches is False


def test_text_of_users_is_shown_as_it_is(receiver, config):
    TEAMS.send(config, make_message(make_brief(title="[x](http://e.example) _y_", summary="a\nb")))

    texts = [part.get("text") for part in card(receiver)["body"]]
    assert texts[0].endswith(r"\[x\](http://e.example) \_y\_")
    assert "a\n\nb" in texts


@pytest.mark.parametrize("message", [*EVENTS.values(), HUGE, HUGE_ONE], ids=[*EVENTS, "huge", "1"])
def test_every_event_is_within_the_limits(receiver, config, message):
    TEAMS.send(config, message)

    assert len(receiver.requests[-1][2]) <= 18_000
    assert card(receiver)["body"][0]["text"]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, {"permanent"}),
        (401, {"permanent", "address_fault"}),
        (403, {"permanent", "address_fault"}),
        (404, {"permanent", "address_fault"}),
        (429, {"provider_fault"}),
        (502, {"provider_fault"}),
    ],
)
def test_what_it_refuses_is_told_in_its_words(receiver, config, status, expected):
    says(receiver, status, {"error": {"code": "WorkflowTriggerIsNotEnabled", "message": "No."}})

    error = refusal(TEAMS, config)

    assert fault(error) == expected
    assert "WorkflowTriggerIsNotEnabled" in str(error)


@pytest.mark.parametrize(
    "url",
    [
        "https://acme.webhook.office.com/webhookb2/1/IncomingWebhook/2",
        "https://outlook.office.com/webhook/1/IncomingWebhook/2",
        "https://prod-01.westeurope.logic.azure.com:443/workflows/1/triggers/manual/paths/invoke",
    ],
)
def test_a_url_that_microsoft_has_retired_is_refused_with_the_mend(url):
    form = TEAMS.Form({"url": url})

    assert not form.is_valid()
    assert "Workflows" in form.errors["url"][0]
