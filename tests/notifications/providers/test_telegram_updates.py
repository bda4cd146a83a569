"""What comes from Telegram: presses of buttons, commands, and ``/start``."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from notifications.actions.replies import HIDDEN
from notifications.address_codes import code_for
from notifications.models import ContactMethod
from tests.factories import make_user
from tests.notifications.providers.fakes import Vendor, make_account, make_page
from tests.notifications.providers.telegram_api import PERSON, TELEGRAM, config, judge
from tests.tasks import run_tasks


@pytest.fixture
def vendor(receiver):
    return Vendor(receiver, judge)


@pytest.fixture
def bot(db, vendor, client):
    """The account, its callbacks' address, and what posts an update to it with the secret."""
    row, path = make_account("telegram", "telegram", config(vendor, has_buttons=True))
    from_row = row.config | {"callback_url": f"https://ops.example{path}"}
    TELEGRAM.check(from_row)
    secret = vendor.jsons[-1]["secret_token"]

    def post(update, secret=secret):
        headers = {"X-Telegram-Bot-Api-Secret-Token": secret}
        answer = client.post(path, update, content_type="application/json", headers=headers)
        run_tasks()
        return answer

    return post


@pytest.fixture(autouse=True)
def site(settings):
    settings.SITE_URL = "https://ops.example"


def press(text, *, by=123456789, number="9"):
    message = {"message_id": 42, "chat": {"id": -100, "type": "supergroup"}}
    return {"callback_query": {"id": number, "from": {"id": by}, "message": message, "data": text}}


def test_a_press_acts_once_as_the_person_and_is_answered(bot, vendor):
    row = make_page("telegram", PERSON)

    for _ in range(2):
        assert bot(press(f"acknowledge {row.incident_id}:1")).status_code == 200

    row.incident.refresh_from_db()
    assert (row.incident.status, row.incident.assignee) == ("acknowledged", row.user)
    assert row.incident.timeline.filter(verb="acknowledged", via="Telegram").count() == 1
    said = vendor.jsons[-1]
    assert vendor.paths[-1].endswith("/answerCallbackQuery")
    assert said["callback_query_id"] == "9"
    assert said["text"] == f"Yours: #{row.incident_id} acknowledged."


def test_a_press_of_somebody_unknown_changes_nothing_and_says_so(bot, vendor):
    row = make_page("telegram", PERSON)

    bot(press(f"ack {row.incident_id}", by=666))

    row.incident.refresh_from_db()
    assert row.incident.status == "open"
    assert "does not know who you are" in vendor.jsons[-1]["text"]


def test_a_button_of_an_earlier_round_does_nothing(bot, vendor):
    row = make_page("telegram", PERSON)

    bot(press(f"resolve {row.incident_id}:{row.incident.paging_round - 1}"))

    row.incident.refresh_from_db()
    assert row.incident.status == "open"
    assert "earlier round" in vendor.jsons[-1]["text"]


def test_without_the_secret_nothing_is_done(bot):
    row = make_page("telegram", PERSON)

    assert bot(press(f"ack {row.incident_id}"), secret="guessed").status_code == 403

    row.incident.refresh_from_db()
    assert row.incident.status == "open"


def written(text, *, chat=None):
    chat = chat or {"id": 123456789, "type": "private"}
    return {"message": {"message_id": 5, "from": {"id": 123456789}, "chat": chat, "text": text}}


def test_a_command_in_a_group_acts_and_is_answered_there(bot, vendor):
    row = make_page("telegram", PERSON)
    group = {"id": -100, "type": "supergroup"}

    bot(written(f"resolve {row.incident_id}", chat=group))
    bot(written(f"/resolve@ops_bot {row.incident_id}", chat=group))

    row.incident.refresh_from_db()
    assert row.incident.status == "resolved"
    said = vendor.jsons[-1]
    assert (said["chat_id"], said["text"]) == ("-100", f"#{row.incident_id} resolved.")
    assert row.incident.timeline.filter(verb="resolved").count() == 1


def test_a_private_incident_is_not_told_to_a_group(bot, vendor):
    row = make_page("telegram", PERSON)
    type(row.incident).objects.update(is_private=True)

    bot(written(f"/status {row.incident_id}", chat={"id": -100, "type": "supergroup"}))

    said = vendor.jsons[-1]
    assert (said["chat_id"], said["text"]) == ("-100", HIDDEN.format(incident=row.incident))


def test_start_tells_the_id_to_enter(bot):
    answer = bot(written("/start")).json()

    assert (answer["method"], answer["chat_id"]) == ("sendMessage", "123456789")
    assert "The chat id is 123456789." in answer["text"]


def test_the_link_of_the_page_adds_ones_own_chat_verified_and_once(bot, vendor, client):
    user = make_user(email=False)
    client.force_login(user)
    page = client.get("/me/contact-methods/add/telegram/").content.decode()
    code = re.search(r"https://t\.me/ops_bot\?start=([\w-]{1,64})\"", page)[1]

    for _ in range(2):
        bot(written(f"/start {code}"))

    method = user.contact_methods.get(channel="telegram")
    assert (method.address, method.is_verified) == ("123456789", True)
    assert "this chat is one of your contact methods" in vendor.jsons[-1]["text"]


def test_an_address_that_waits_for_its_code_is_verified_by_the_link(bot):
    user = make_user(email=False)
    method = ContactMethod.objects.create(user=user, channel="telegram", config=PERSON)

    bot(written(f"/start {code_for(user.pk, 'telegram')}"))

    method.refresh_from_db()
    assert method.is_verified


@pytest.mark.parametrize(
    ("minutes", "channel", "said"),
    [(16, "telegram", "good for 15 minutes"), (0, "zulip", "not one of ours")],
)
def test_a_code_that_is_old_or_of_another_channel_adds_nothing(bot, vendor, minutes, channel, said):
    then = timezone.now() - timedelta(minutes=minutes)
    code = code_for(make_user(email=False).pk, channel, now=then)

    bot(written(f"/start {code}"))

    assert said in vendor.jsons[-1]["text"]
    assert not ContactMethod.objects.filter(channel="telegram").exists()


def test_a_code_in_a_group_makes_the_group_nobodys_address(bot):
    code = code_for(make_user(email=False).pk, "telegram")

    answer = bot(written(f"/start {code}", chat={"id": -100, "type": "group"}))

    assert "The chat id is -100." in answer.json()["text"]
    assert not ContactMethod.objects.filter(channel="telegram").exists()


@pytest.mark.parametrize("update", ["[]", "{", '{"message": {"text": 5}}', '{"edited": {}}'])
def test_an_update_that_is_none_is_answered_and_does_nothing(bot, update):
    assert bot(update).status_code == 200
