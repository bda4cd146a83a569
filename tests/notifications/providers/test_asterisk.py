"""As documented at https://docs.asterisk.org/Latest_API/API_Documentation/ (ARI)."""

from urllib.parse import quote, unquote

import pytest
from django.utils import timezone

from notifications.actions import follow_calls
from notifications.actions.deliver import deliver
from notifications.models import Attempt, ContactMethod, Notification, Provider
from notifications.providers import find_provider
from notifications.providers.voice import _menu
from opsportal.lib.net import http
from tests.factories import make_user
from tests.notifications.accounts import NUMBER, make_page
from tests.notifications.providers.ari import Ari
from tests.notifications.providers.calls import PHONE
from tests.notifications.samples import make_brief, make_message
from tests.outside import local_network  # noqa: F401

ASTERISK = find_provider("voice", "asterisk")
PAGE = (
    "OpsPortal. Critical. Incident 1 0 4 2. Web Application: High CPU on web 01. "
    "Press 7 to acknowledge, 8 to take it, 6 to escalate, 9 to close, 1 to hear this again."
)


@pytest.fixture
def ari(local_network):  # noqa: F811
    server = Ari()
    yield server
    http.close_connections()
    server.stop()


def config_of(ari, **fields):
    return {**ASTERISK.example, "server": ari.url, **fields}


class Heard:
    """What the call says, and how replies are answered."""

    def __init__(self):
        self.receipts, self.replies = [], []

    def __call__(self, heard):
        self.receipts += [(one.state, one.code) for one in heard.receipts]
        self.replies += heard.replies
        return ["Yours: #1042 acknowledged."] if heard.replies else []


def call(ari, *script, message=None, **fields):
    """Call, have this happen, and follow the call to its end."""
    ari.script = list(script)
    message = message or make_message(make_brief())
    accepted = ASTERISK.send(config_of(ari, **fields), PHONE, message)
    assert accepted.provider_id == ari.call_id
    heard = Heard()
    accepted.follow(heard)
    return heard


def test_the_line_for_events_is_open_before_it_calls(ari):
    call(ari, 17)

    (_, events, listens), (method, path, query) = ari.asked[:2]
    assert (events, listens) == ("/events", {"app": ari.call_id})
    assert (method, path) == ("POST", "/channels")
    assert query == {
        "endpoint": f"PJSIP/{NUMBER}@trunk",
        "app": ari.call_id,
        "channelId": ari.call_id,
        "timeout": "25",
        "callerId": "+4930123456",
    }


def test_each_call_has_an_application_of_its_own(ari):
    call(ari, 17)
    call(ari, 17)

    assert len(ari.lines) == 2


def test_a_key_is_a_reply_and_is_confirmed_aloud(ari):
    heard = call(ari, "answers", "7")

    (reply,) = heard.replies
    assert (reply.address, reply.text) == (NUMBER, "acknowledge all")
    assert (reply.in_reply_to, reply.event_id) == (ari.call_id, f"{ari.call_id}:7")
    assert heard.receipts[0] == ("delivered", "")
    assert ari.spoken == [PAGE, "Yours: 1 0 4 2 acknowledged."]
    assert ("DELETE", f"/channels/{ari.call_id}", {}) in ari.asked


def test_a_key_stops_what_is_being_said(ari):
    call(ari, "answers", "1", "8")

    first = next(query for _, path, query in ari.asked if path.endswith("/play"))
    assert ("DELETE", f"/playbacks/{first['playbackId']}", {}) in ari.asked
    assert ari.spoken[:2] == [PAGE, PAGE]


def test_9_asks_once_more_before_all_is_closed(ari):
    heard = call(ari, "answers", "9", "9")

    assert ari.spoken[1] == "Press 9 again to close all of it."
    assert heard.replies[0].text == "resolve all"


def test_the_bridge_is_not_offered_and_its_key_is_none(ari):
    heard = call(ari, "answers", "0", "7", message=make_message(make_brief(bridge="+49 30 1234")))

    assert ari.spoken[:2] == [PAGE, PAGE]
    assert heard.replies[0].text == "acknowledge all"


@pytest.mark.parametrize("end", ["hangs up", "5"])
def test_a_mailbox_that_answers_has_reached_nobody(ari, end, monkeypatch):
    monkeypatch.setattr(_menu, "WAIT_S", 0.01)

    heard = call(ari, "answers", "finished", "finished", end)

    assert (heard.receipts, heard.replies) == ([("failed", "no key was pressed")], [])


def test_after_three_silences_it_says_goodbye(ari, monkeypatch):
    monkeypatch.setattr(_menu, "WAIT_S", 0.01)

    call(ari)

    assert ari.spoken == [PAGE, PAGE, PAGE, "Goodbye."]


def test_a_german_call_stays_german_and_the_speech_is_asked_for_in_german(ari, monkeypatch):
    monkeypatch.setattr(_menu, "WAIT_S", 0.01)
    speech = "sound:http://speech.example/{{language}}?text={{text}}"

    call(ari, message=make_message(make_brief(), language="de"), speech=speech)

    assert ari.spoken[-1] == "Auf Wiederhören."
    asked = [query["media"] for _, path, query in ari.asked if path.endswith("/play")]
    assert all(one.startswith("sound:http://speech.example/de-DE?text=") for one in asked)


@pytest.mark.parametrize(
    ("cause", "code"),
    [
        (17, "busy"),
        (19, "no answer"),
        (1, "no such number"),
        (34, "no free line"),
        (99, "cause 99"),
    ],
)
def test_a_call_that_nobody_answers_says_why(ari, cause, code):
    assert call(ari, cause).receipts == [("failed", code)]


def test_speech_that_cannot_be_played_has_reached_nobody(ari):
    assert call(ari, "answers", "failed").receipts == [("failed", "the speech could not be played")]


def test_a_line_that_breaks_has_reached_nobody_and_ends_the_call(ari):
    ari.script = ["answers"]
    accepted = ASTERISK.send(config_of(ari), PHONE, make_message(make_brief()))
    ari.emit("broken line")
    heard = Heard()

    accepted.follow(heard)

    assert heard.receipts[-1][0] == "failed"
    assert heard.receipts[-1][1].startswith("the line to Asterisk broke")
    assert ("DELETE", f"/channels/{ari.call_id}", {}) in ari.asked


def test_a_code_is_read_without_a_menu(ari):
    call(ari, message=make_message(event="verification", code="123456"))

    assert len(ari.spoken) == 1
    assert ari.spoken[0].count("1, 2, 3, 4, 5, 6") == 4


def test_a_text_is_encoded_for_the_address_that_speaks_it(ari):
    speech = "sound:http://speech.example/say.wav?text={{text}}"
    call(ari, "answers", "hangs up", message=make_message(make_brief(title="a&b?")), speech=speech)

    query = next(query for _, path, query in ari.asked if path.endswith("/play"))
    text = query["media"].removeprefix("sound:http://speech.example/say.wav?text=")
    assert (text[:10], text) == ("OpsPortal.", quote(unquote(text), safe=""))


@pytest.mark.parametrize(
    ("refusal", "sentence", "is_permanent"),
    [
        ((400, {"message": "Invalid endpoint"}), "Asterisk: Invalid endpoint (400)", True),
        ((500, {"message": "Allocation failed"}), "Asterisk: Allocation failed (500)", False),
    ],
)
def test_what_it_refuses_is_a_fault_of_the_account(ari, refusal, sentence, is_permanent):
    ari.refusal = refusal

    with pytest.raises(http.DeliveryError) as failure:
        call(ari)

    assert str(failure.value) == sentence
    assert (failure.value.provider_fault, failure.value.permanent) == (True, is_permanent)


def test_a_wrong_password_is_refused_before_anybody_is_called(ari):
    with pytest.raises(http.DeliveryError, match=r"refuses the connection \(401\)") as failure:
        call(ari, password="other")

    assert (failure.value.permanent, failure.value.provider_fault) == (True, True)
    assert [path for _, path, _ in ari.asked] == ["/events"]


def test_the_check_names_the_version(ari):
    assert ASTERISK.check(config_of(ari)) == "Asterisk 22.5.0 answers."


def test_an_asterisk_in_a_private_network_has_to_be_allowed(ari, settings):
    settings.OUTGOING_ALLOW_PRIVATE = False

    with pytest.raises(http.DeliveryError, match="OUTGOING_ALLOWED_HOSTS"):
        call(ari)


@pytest.mark.django_db
def test_a_pressed_key_acknowledges(ari, monkeypatch):
    ran = []
    monkeypatch.setattr(follow_calls, "start", lambda *args: ran.append(args))
    monkeypatch.setattr(follow_calls.databases, "close_all", lambda: None)
    account = Provider.objects.create(
        channel="voice", kind="asterisk", name="Calls", config=config_of(ari)
    )
    method = ContactMethod.objects.create(
        user=make_user(email=False),
        channel="voice",
        config={"number": NUMBER},
        verified_at=timezone.now(),
    )
    row = make_page(method)
    Notification.objects.filter(pk=row.pk).update(channel="voice")
    ari.script = ["answers", "7"]

    deliver([(row.pk, 0)])
    ((used, accepted),) = ran
    follow_calls.run(used, accepted)

    row.refresh_from_db()
    assert (row.state, row.incident.status) == ("delivered", "acknowledged")
    spoken = " ".join(str(row.incident_id))
    assert ari.spoken[-1] == f"Yours: {spoken} acknowledged."
    assert Attempt.objects.get().provider == str(account.pk)
