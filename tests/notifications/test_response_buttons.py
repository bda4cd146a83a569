"""Which answers a message offers, as the policy says; and that no other is taken."""

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from escalation.actions import start
from escalation.models import Policy
from notifications import action_links, response_options
from notifications.actions import replies
from notifications.actions.build_message import build_message
from notifications.choices import Answer
from notifications.message.short import sms_text
from notifications.providers._slack_blocks import content_of
from notifications.providers.telegram._content import buttons
from notifications.providers.voice._menu import Menu
from notifications.receipts import Reply
from notifications.response_options import check_response_buttons
from tests.api import owner
from tests.factories import make_method, make_policy, make_service, make_user
from tests.notifications.accounts import NUMBER, make_phone
from tests.pages import words

pytestmark = pytest.mark.django_db


def paged(buttons, channel="sms"):
    """The message about an incident whose policy says so, to somebody who is paged for it."""
    person = make_user("Ana", email=False)
    if channel == "sms":
        make_phone(user=person)
    elif channel == "email":
        make_method(person)
    elif channel == "slack":
        make_method(person, "slack", {"to": "U012AB3CD"})
    policy = make_policy(person, response_buttons=buttons)
    incident = start.open_incident(make_service(policy), "Disk full", severity="critical")
    rows = incident.notifications.select_related("incident__service", "user")
    return rows.get(channel=channel)


def message_of(row):
    return build_message([row], now=timezone.now(), may_repeat=False)


def say(row, text):
    row.state, row.done_at = "sent", timezone.now()
    row.save(update_fields=["state", "done_at"])
    said = replies.answer("sms", "1", Reply(address=NUMBER, text=text, event_id="E1"))
    row.incident.refresh_from_db()
    return said, row.incident.status


def test_without_a_word_of_the_policy_everything_is_offered():
    message = message_of(paged({}))

    assert [one.kind for one in message.incidents[0].actions] == ["acknowledge", "resolve"]
    assert message.incidents[0].allowed == response_options.ALL


def test_a_link_that_the_policy_bars_is_not_in_the_mail():
    message = message_of(paged({"resolve": ["phone"]}, "email"))

    assert [one.kind for one in message.incidents[0].actions] == ["acknowledge"]


def test_the_text_message_teaches_what_is_taken():
    row = paged({"acknowledge": []})

    text = sms_text(message_of(row))

    assert f"Reply take {row.incident_id}." in text
    assert "ack" not in text.lower()


def test_an_answer_that_is_not_offered_is_refused():
    row = paged({"resolve": ["email"]})

    said, status = say(row, f"resolve {row.incident_id}")

    assert said == (
        f"#{row.incident_id}: the policy takes no resolve by SMS. Open the portal to do it."
    )
    assert status == "open"


def test_an_answer_that_is_offered_acts():
    row = paged({"resolve": ["sms"]})

    assert say(row, f"resolve {row.incident_id}")[1] == "resolved"


def test_what_only_asks_is_answered_whatever_the_policy_says():
    row = paged({verb: [] for verb in Answer})

    assert "open, assigned to nobody" in say(row, f"status {row.incident_id}")[0]


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_link_of_before_is_refused_once_the_policy_bars_it(client, method):
    row = paged({}, "email")
    url = action_links.action_url(
        row.incident_id, row.user_id, "resolve", delivery_id=str(row.delivery_id)
    )
    Policy.objects.update(response_buttons={"resolve": []})

    answer = getattr(client, method)(url[url.index("/a/") :])

    row.incident.refresh_from_db()
    assert answer.status_code == 403
    assert "the policy takes no resolve by Email" in words(answer)
    assert row.incident.status == "open"


def test_slack_shows_the_buttons_that_act():
    row = paged({"resolve": [], "snooze": ["email"], "escalate": []}, "slack")

    content = content_of(message_of(row), is_interactive=True, is_shared=False)

    (actions,) = [block for block in content["blocks"] if block["type"] == "actions"]
    assert [one["action_id"] for one in actions["elements"]] == [
        "acknowledge",
        "assign",
        "more",
    ]


def test_where_no_button_is_left_slack_shows_no_row_of_them():
    row = paged({verb: [] for verb in Answer}, "slack")

    content = content_of(message_of(row), is_interactive=True, is_shared=False)

    assert "actions" not in [block["type"] for block in content["blocks"]]


def test_telegram_shows_the_buttons_that_act():
    message = message_of(paged({"acknowledge": []}, "slack"))

    rows = buttons(message, acts=True, is_group=False)

    assert [one["text"] for one in rows[0]] == ["Resolve"]


def test_a_call_reads_the_keys_that_act():
    menu = Menu(text="Disk full.", acts=1, barred="69")

    assert "Press 7 to acknowledge, 8 to take it, 1 to hear this again." in menu.words
    assert [key for key in "6789" if menu.does(key)] == ["7", "8"]


def test_what_is_barred_travels_with_the_menu():
    menu = Menu.of({"text": "x", "acts": "1", "barred": "9"})

    assert not menu.does("9")


def test_the_policy_of_the_present_round_counts():
    row = paged({"resolve": []})
    row.incident.paging_round = 2
    row.incident.save()
    free = make_policy(make_user())
    plan = row.incident.runs.get().plan
    run = row.incident.runs.get()
    run.pk, run.paging_round, run.policy = None, 2, free
    run.plan = plan
    run.save(force_insert=True)

    assert response_options.refusal(row.incident_id, "sms", "resolve") == ""


def test_the_api_shows_and_takes_the_table():
    client, policy = owner(), make_policy(make_user())
    path = f"/api/v1/policies/{policy.pk}/"

    wrong = client.patch(path, {"response_buttons": {"resolve": ["pigeon"]}})
    right = client.patch(path, {"response_buttons": {"resolve": ["email"]}})

    assert wrong.status_code == 400
    assert right.json()["response_buttons"] == {"resolve": ["email"]}


@pytest.mark.parametrize("table", [[], {"dance": []}, {"resolve": "sms"}, {"resolve": ["pigeon"]}])
def test_what_is_no_table_is_refused(table):
    with pytest.raises(ValidationError):
        check_response_buttons(table)
