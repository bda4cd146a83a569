"""Telegram is asked for presses and answers, where it does not reach the portal."""

import json
import threading
import time
from functools import partial

import pytest

from notifications.actions import polling
from notifications.models import Provider
from opsportal.lib.advisory_locks import Space, session_lock
from opsportal.runtime.chat_poller import ChatPoller
from tests.notifications.providers.fakes import EVENTS, Vendor, make_account, make_page
from tests.notifications.providers.telegram_api import PERSON, TELEGRAM, config, judge
from tests.tasks import run_tasks
from tests.threads import elsewhere


class Telegram(Vendor):
    """Gives out what waits, and forgets what comes before the offset, as the real one does."""

    def __init__(self, receiver):
        super().__init__(receiver, self.judge_all)
        self.waiting = []

    def judge_all(self, method, path, headers, body):
        if not path.endswith("/getUpdates"):
            return judge(method, path, headers, body)
        offset = json.loads(body).get("offset", 0)
        self.waiting = [one for one in self.waiting if one["update_id"] >= offset]
        return 200, {"ok": True, "result": self.waiting}

    @property
    def asked(self):
        pairs = zip(self.paths, self.jsons, strict=True)
        return [parts for path, parts in pairs if path.endswith("/getUpdates")]


@pytest.fixture
def vendor(receiver, settings):
    settings.SITE_URL = "http://portal"
    return Telegram(receiver)


@pytest.fixture
def account(db, vendor):
    row, _ = make_account("telegram", "telegram", config(vendor, polls=True))
    return row


def press(row, *, number=9, verb="acknowledge", paging_round=1):
    data = f"{verb} {row.incident_id}:{paging_round}"
    message = {"message_id": 42, "chat": {"id": 123456789, "type": "private"}}
    pressed = {"id": str(number), "from": {"id": 123456789}, "message": message, "data": data}
    return {"update_id": number, "callback_query": pressed}


def written(text, number=9):
    chat = {"id": 123456789, "type": "private"}
    message = {"message_id": number, "from": {"id": 123456789}, "chat": chat, "text": text}
    return {"update_id": number, "message": message}


def status_of(row):
    row.incident.refresh_from_db()
    return row.incident.status


def test_a_press_acts_as_the_person_and_is_answered(account, vendor):
    row = make_page("telegram", PERSON)
    vendor.waiting = [press(row)]

    assert polling.poll(account.token, "") == ("10", 0.0)
    run_tasks()

    assert (status_of(row), row.incident.assignee) == ("acknowledged", row.user)
    assert vendor.paths[-1].endswith("/answerCallbackQuery")
    assert vendor.jsons[-1]["text"] == f"Yours: #{row.incident_id} acknowledged."


def test_what_was_taken_is_not_given_out_again(account, vendor):
    row = make_page("telegram", PERSON)
    vendor.waiting = [press(row, verb="snooze")]

    position, _ = polling.poll(account.token, "")
    assert polling.poll(account.token, position) == ("10", polling.IDLE_S)

    first, second = vendor.asked
    assert "offset" not in first
    assert (second["offset"], second["timeout"]) == (10, polling.WAIT_S)
    assert second["allowed_updates"] == ["message", "callback_query"]


def test_what_comes_again_after_a_restart_is_done_once(account, vendor):
    row = make_page("telegram", PERSON)
    vendor.waiting = [press(row, verb="snooze")]

    for _ in range(2):
        polling.poll(account.token, "")

    assert row.incident.timeline.filter(verb="snoozed").count() == 1


def test_a_button_of_an_earlier_round_does_nothing(account, vendor):
    row = make_page("telegram", PERSON)
    vendor.waiting = [press(row, verb="resolve", paging_round=0)]

    polling.poll(account.token, "")
    run_tasks()

    assert status_of(row) == "open"
    assert "earlier round" in vendor.jsons[-1]["text"]


def test_start_is_answered_with_the_id(account, vendor):
    vendor.waiting = [written("/start")]

    polling.poll(account.token, "")
    run_tasks()

    assert vendor.paths[-1].endswith("/sendMessage")
    assert "The chat id is 123456789." in vendor.jsons[-1]["text"]


@pytest.mark.parametrize("nonsense", [{"message": 5}, {"callback_query": {"from": 5}}, {}])
def test_one_that_cannot_be_read_does_not_stop_the_next(account, vendor, nonsense):
    row = make_page("telegram", PERSON)
    vendor.waiting = [{"update_id": 8, **nonsense}, press(row)]

    assert polling.poll(account.token, "") == ("10", 0.0)

    assert status_of(row) == "acknowledged"


@pytest.mark.parametrize(
    ("status", "fields", "pause"),
    [
        (409, {"description": "Conflict: terminated by other getUpdates request"}, polling.PAUSE_S),
        (429, {"description": "Too Many Requests", "parameters": {"retry_after": 33}}, 33),
        (200, {"ok": True, "result": [{"no": "id"}]}, polling.PAUSE_S),
    ],
)
def test_after_a_failure_it_waits_and_loses_nothing(account, vendor, status, fields, pause):
    vendor.answers_with(status, {"ok": False} | fields)

    assert polling.poll(account.token, "7") == ("7", pause)


def test_a_webhook_that_is_still_registered_is_ended(account, vendor):
    row = make_page("telegram", PERSON)
    words = "Conflict: can't use getUpdates method while webhook is active"
    vendor.waiting = [press(row)]
    vendor.answers_with(409, {"ok": False, "description": words})

    polling.poll(account.token, "")
    assert vendor.paths[-1].endswith("/deleteWebhook")
    polling.poll(account.token, "")

    assert status_of(row) == "acknowledged"


def test_an_account_that_is_not_asked_any_more_ends_it(account, vendor):
    account.config = config(vendor, polls=False)
    account.save()

    assert polling.poll(account.token, "") is None
    assert not Provider.objects.get().is_polled
    assert polling.polled_accounts() == []


def test_that_it_is_asked_is_known_to_queries(account):
    assert Provider.objects.filter(is_polled=True).count() == 1
    Provider.objects.update(is_enabled=False)
    assert polling.polled_accounts() == []


def test_an_account_of_the_environment_may_be_asked(db, monkeypatch):
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", TELEGRAM.example["token"])
    assert polling.polled_accounts() == []
    monkeypatch.setenv("TELEGRAM_POLLING", "true")

    (found,) = polling.polled_accounts()

    assert found.key == "telegram/environment"


def test_the_check_ends_the_webhook_and_leaves_the_updates_to_the_process(vendor):
    found = TELEGRAM.check(config(vendor, polls=True, has_buttons=True))

    assert found == "Telegram: the bot @ops_bot works. It is asked for presses and answers."
    assert [path.rpartition("/")[2] for path in vendor.paths] == ["getMe", "deleteWebhook"]


def test_its_buttons_act_without_a_public_address(vendor):
    TELEGRAM.send(config(vendor, polls=True), PERSON, EVENTS["triggered"])

    rows = vendor.jsons[-1]["reply_markup"]["inline_keyboard"]
    assert rows[0][0]["callback_data"] == "acknowledge 1042:0"


@pytest.mark.django_db(transaction=True)
def test_while_another_process_asks_nobody_else_does(account, vendor):
    held = partial(session_lock, Space.CHAT_POLL, polling.lock_number(account.token))

    with elsewhere(held):
        assert polling.poll(account.token, "5") == ("5", polling.PAUSE_S)

    assert vendor.asked == []
    assert polling.poll(account.token, "5") == ("5", polling.IDLE_S)


@pytest.mark.django_db(transaction=True)
def test_the_process_asks_each_account_in_a_thread_until_it_is_stopped(account, vendor):
    row = make_page("telegram", PERSON)
    vendor.waiting = [press(row)]
    poller, judge_all = ChatPoller(), vendor.judge

    def stop_once_taken(method, path, headers, body):
        if json.loads(body).get("offset"):
            poller.stopped.set()
        return judge_all(method, path, headers, body)

    vendor.judge = stop_once_taken
    poller.look()
    poller.look()  # The thread is there.
    (thread,) = poller.threads.values()
    thread.join(60)

    assert poller.stopped.is_set()
    assert status_of(row) == "acknowledged"


def test_without_an_account_nothing_is_begun(db):
    before = threading.active_count()
    poller = ChatPoller()

    poller.look()

    assert (poller.threads, threading.active_count()) == ({}, before)
    assert poller.heartbeat_at <= time.monotonic()
