"""Slack's commands and dialogs answer in the language of whoever asks."""

import pytest

from tests.escalation.slack.workspace import make_slacker, typed
from tests.factories import make_incident

pytestmark = pytest.mark.django_db


@pytest.fixture
def jane(slack):
    jane = make_slacker("U42", name="Jane")
    jane.language = "de"
    jane.save()
    return jane


def test_commands_are_the_same_and_their_answers_german(slack, jane):
    incident = make_incident()

    text = slack.says("help")["text"]

    assert "`/opsportal ack 1042` Sie übernehmen sie" in text
    assert slack.says(f"ack {incident.pk}")["text"] == f"Ihre: #{incident.pk} quittiert."
    assert slack.says("incident 999")["text"] == (
        "Es gibt keine Störung #999, die Sie sehen dürfen."
    )


def test_a_dialog_is_german_and_its_errors_are(slack, jane):
    incident = make_incident()

    slack.choose("assign", incident)
    answer = slack.submit(user=typed("nobody"))

    view = slack.views[-1]
    assert view["title"]["text"] == f"#{incident.pk} zuweisen"
    assert (view["submit"]["text"], view["close"]["text"]) == ("Zuweisen", "Abbrechen")
    assert answer["errors"] == {"user": "Wählen Sie jemanden."}


def test_who_is_not_known_is_told_so_in_the_language_of_the_portal(slack, settings):
    settings.MESSAGE_LANGUAGE = "de"

    assert slack.says("oncall", "U77")["text"].startswith("OpsPortal weiß nicht, wer Sie hier sind")
