"""As documented at https://www.twilio.com/docs/voice/twiml ."""

from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit
from xml.etree import ElementTree

import pytest
from django.utils import timezone

from notifications.actions import record
from notifications.errors import CallbackRefused
from notifications.models import ContactMethod, Notification, Provider
from notifications.providers import _twilio, find_provider
from notifications.receipts import Accepted
from tests.factories import make_user
from tests.notifications.accounts import NUMBER, make_page
from tests.notifications.providers.calls import HERE, answers, base_of, callback, refusal
from tests.notifications.providers.calls import read as read_callback
from tests.notifications.providers.calls import send as send_by
from tests.notifications.samples import make_brief, make_message

BRIDGE = "+49 30 1234, code 77 · https://meet.example/x"


@pytest.fixture
def twilio(receiver, monkeypatch):
    monkeypatch.setattr(_twilio, "API", base_of(receiver))
    answers(receiver, {"sid": "CA1", "status": "queued"}, 201)
    return receiver


def send(twilio, *briefs, **fields):
    """The form of the call, and its TwiML."""
    message = make_message(*(briefs or [make_brief()]), **fields)
    accepted = send_by("twilio", message, channel="voice")
    assert accepted.provider_id == "CA1"
    form = {name: values[0] for name, values in parse_qs(twilio.requests[-1][2].decode()).items()}
    return form, ElementTree.fromstring(form["Twiml"])


def said(twiml):
    return " ".join(one.text for one in twiml.iter("Say"))


def press(action, digits, token="t0ken", **fields):
    """Twilio's request after a key, signed as it signs them."""
    form = {"CallSid": "CA1", "Digits": digits, "From": "+15005550006", "To": NUMBER, **fields}
    signature = _twilio._signature(token, action, list(form.items()), "sha1")
    query = dict(parse_qsl(urlsplit(action).query))
    return callback(urlencode(form).encode(), url=action, query=query, X_Twilio_Signature=signature)


def read(one):
    return read_callback("twilio", one, channel="voice", callback_url=HERE)


def action_of(twiml):
    (gather,) = twiml.iter("Gather")
    assert (gather.get("numDigits"), gather.get("actionOnEmptyResult")) == ("1", "true")
    return gather.get("action")


def walk(twiml, *keys):
    """Press one key after the other, each at the address of the menu before."""
    heard = None
    for key in keys:
        heard = read(press(action_of(twiml), key))
        if heard.body:
            assert heard.content_type == "text/xml"
            twiml = ElementTree.fromstring(heard.body)
    return heard, twiml


def states(heard):
    return [(one.provider_id, one.state) for one in heard.receipts]


REACHED = [("CA1", "delivered")]


def test_a_call_reads_the_page_and_the_keys(twilio):
    form, twiml = send(twilio)

    assert twilio.requests[0][0].endswith("/Calls.json")
    assert (form["To"], form["From"]) == (NUMBER, "+15005550006")
    assert (form["Timeout"], form["TimeLimit"], form["StatusCallback"]) == ("25", "180", HERE)
    assert len(form["Twiml"]) < 4000
    assert said(twiml) == (
        "OpsPortal. Critical. Incident 1 0 4 2. Web Application: High CPU on web 01. "
        "Press 7 to acknowledge, 8 to take it, 6 to escalate, 9 to close, 1 to hear this again."
    )
    assert action_of(twiml).startswith(f"{HERE}keys/?")


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        (["7"], "acknowledge all"),
        (["8"], "assign all"),
        (["6"], "escalate all"),
        (["9", "9"], "resolve all"),
        (["1", "1", "7"], "acknowledge all"),
        (["5", "7"], "acknowledge all"),
        (["", "8"], "assign all"),
    ],
)
def test_a_key_is_a_reply_to_this_call(twilio, keys, text):
    heard, _ = walk(send(twilio)[1], *keys)

    (reply,) = heard.replies
    assert (reply.address, reply.text, reply.in_reply_to) == (NUMBER, text, "CA1")
    assert states(heard) == REACHED


def test_1_reads_it_again_and_shows_that_somebody_listens(twilio):
    _, first = send(twilio)

    heard, twiml = walk(first, "1")

    assert said(twiml) == said(first)
    assert (states(heard), heard.replies) == (REACHED, ())


def test_9_asks_once_more_before_all_is_closed(twilio):
    heard, twiml = walk(send(twilio)[1], "9")

    assert (said(twiml), heard.replies) == ("Press 9 again to close all of it.", ())


def test_after_that_another_key_closes_nothing(twilio):
    heard, _ = walk(send(twilio)[1], "9", "7")

    assert heard.replies[0].text == "acknowledge all"


def test_0_leads_to_the_bridge_with_its_code(twilio):
    _, first = send(twilio, make_brief(bridge=BRIDGE))
    assert "0 for the bridge" in said(first)

    heard, twiml = walk(first, "0")

    number = twiml.find("Dial/Number")
    assert (number.text, number.get("sendDigits")) == ("+49301234", "ww77#")
    assert states(heard) == REACHED


@pytest.mark.parametrize("keys", [["", "", ""], ["5", "", "*"], ["0", "0", "0"]])
def test_after_three_keys_that_are_none_it_hangs_up_and_has_reached_nobody(twilio, keys):
    _, twiml = send(twilio)
    for key in keys[:-1]:
        heard, twiml = walk(twiml, key)
        assert states(heard) == []

    heard, twiml = walk(twiml, keys[-1])

    assert (said(twiml), [one.tag for one in twiml]) == ("Goodbye.", ["Say", "Hangup"])
    assert states(heard) == []


@pytest.mark.parametrize(
    ("brief", "event"),
    [
        ([], "test"),
        ([], "notice"),
        ([make_brief(actions=(), bridge=BRIDGE)], "incident.triggered"),
    ],
)
def test_who_may_not_act_can_only_confirm(twilio, brief, event):
    twiml = send_message(twilio, make_message(*brief, event=event, title="Words"))

    assert said(twiml).endswith("Press 7 to confirm that you heard this, 1 to hear it again.")
    for key in ("6", "8", "9", "0"):
        assert walk(twiml, key)[0].replies == ()
    heard, last = walk(twiml, "7")
    assert (said(last), states(heard), heard.replies) == ("Thank you.", REACHED, ())


def send_message(twilio, message):
    send_by("twilio", message, channel="voice")
    form = parse_qs(twilio.requests[-1][2].decode())
    return ElementTree.fromstring(form["Twiml"][0])


def test_a_code_is_read_without_a_menu(twilio):
    twiml = send_message(twilio, make_message(event="verification", code="123456"))

    assert said(twiml).count("1, 2, 3, 4, 5, 6") == 4
    assert list(twiml.iter("Gather")) == []


def test_the_longest_message_in_any_writing_is_not_too_long_for_twilio(twilio):
    form, _ = send(twilio, make_brief(title="磁盘" * 300, service="服" * 100, bridge=BRIDGE))

    assert len(form["Twiml"]) <= 4000


@pytest.mark.parametrize("code", [21609, 21623])
def test_without_a_public_address_it_is_read_twice_without_keys(twilio, code):
    replies = iter([(400, {"code": code, "message": "no"}), (201, {"sid": "CA1"})])

    def behave(handler):
        status, body = next(replies)
        answers(twilio, body, status)
        twilio.behave, real = behave, twilio.behave
        real(handler)

    twilio.behave = behave

    form, twiml = send(twilio)

    assert "StatusCallback" not in form
    assert said(twiml).count("High CPU on web 01") == 2
    assert list(twiml.iter("Gather")) == []


@pytest.mark.parametrize(
    ("code", "flags"),
    [
        (13224, "permanent address_fault"),
        (21215, "permanent provider_fault"),
        (10004, "provider_fault"),
    ],
)
def test_what_it_refuses_says_whose_fault_it_is(twilio, code, flags):
    answers(twilio, {"code": code, "message": "No."}, 400)

    assert refusal("twilio", channel="voice")[:2] == (f"Twilio: No. ({code})", flags)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("completed", "no key was pressed"),
        ("busy", "busy"),
        ("no-answer", "no-answer"),
        ("failed", "failed"),
        ("canceled", "canceled"),
    ],
)
def test_a_call_that_ends_without_a_key_has_reached_nobody(status, code):
    heard = read(press(HERE, "", CallStatus=status))

    assert [(one.state, one.code) for one in heard.receipts] == [("failed", code)]


@pytest.mark.parametrize("status", ["initiated", "ringing", "in-progress", ""])
def test_a_call_that_goes_on_says_nothing_yet(status):
    assert read(press(HERE, "", CallStatus=status)).receipts == ()


def test_a_key_that_is_not_signed_by_twilio_is_refused(twilio):
    _, twiml = send(twilio)

    with pytest.raises(CallbackRefused, match="Twilio"):
        read(press(action_of(twiml), "7", token="other"))


@pytest.mark.django_db
def test_a_pressed_key_acknowledges_and_is_confirmed_aloud(client, settings, twilio):
    settings.SITE_URL = "https://ops.example"
    provider = find_provider("voice", "twilio")
    account = Provider.objects.create(
        channel="voice", kind="twilio", name="Calls", config=provider.example
    )
    method = ContactMethod.objects.create(
        user=make_user(email=False),
        channel="voice",
        config={"number": NUMBER},
        verified_at=timezone.now(),
    )
    rows = [make_call(method, account, sid) for sid in ("CA1", "CA2")]
    action = f"https://ops.example/callbacks/{account.token}/keys/?text=x&acts=1"
    request = press(action, "7")

    answer = client.post(
        action.removeprefix("https://ops.example"),
        request.body,
        content_type="application/x-www-form-urlencoded",
        headers=request.headers,
    )

    spoken = " ".join(str(rows[0].incident_id))
    assert said(ElementTree.fromstring(answer.content)) == f"Yours: {spoken} acknowledged."
    assert answer["Content-Type"] == "text/xml"
    found = Notification.objects.order_by("pk").values_list("state", "incident__status")
    assert list(found) == [("delivered", "acknowledged"), ("sent", "open")]
    assert rows[0].incident.timeline.filter(verb="acknowledged", via="Voice call").exists()


def make_call(method, account, sid):
    row = make_page(method)
    Notification.objects.filter(pk=row.pk).update(channel="voice")
    record.claim([row], "voice: Calls", provider=str(account.pk))
    record.record_success([row], Accepted(provider_id=sid))
    return row
