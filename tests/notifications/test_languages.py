"""What is sent is in the language of whoever reads it."""

from urllib.parse import parse_qs

import pytest
from django.core import mail
from django.utils import timezone

from incidents import invitations
from notifications.actions import replies
from notifications.actions.build_message import build_message
from notifications.actions.contact_methods import send_code, send_test
from notifications.channels import all_channels
from notifications.message.card import card_of
from notifications.message.chat_text import chat_text
from notifications.message.mail import mail_of
from notifications.message.push import shown_text
from notifications.message.short import sms_text
from notifications.message.sms_segments import segments
from notifications.message.spoken import spoken_text
from notifications.providers._slack_blocks import content_of
from notifications.providers.voice import _twiml
from notifications.providers.voice._menu import Menu
from notifications.receipts import Reply
from opsportal.lib.languages import language_of, written_in
from opsportal.lib.sentences import translated
from tests.factories import make_method, make_user
from tests.notifications.accounts import NUMBER, make_page, make_phone, make_provider, send, twilio
from tests.notifications.notices import tell
from tests.notifications.samples import make_brief, make_message
from tests.rows import each

__all__ = ["twilio"]
WHY = "step 1 of Web: primary on call in Shop"


@pytest.fixture
def german():
    with written_in("de"):
        yield


def german_message(*briefs, **fields):
    values = {"reason": translated(WHY), "language": "de", **fields}
    return make_message(*(briefs or [make_brief()]), **values)


@pytest.mark.usefixtures("german")
def test_a_german_text_message_names_severity_number_title_and_what_to_answer():
    text = sms_text(german_message())

    assert text == (
        "KRITISCH #1042 High CPU on web-01 (Web Application) Antwort: ack 1042. "
        "https://ops.example/incidents/1042/"
    )
    assert segments(text).is_gsm


@pytest.mark.usefixtures("german")
def test_a_german_call_says_the_severity_and_the_number_digit_by_digit():
    assert spoken_text(german_message()) == (
        "OpsPortal. Kritisch. Störung 1 0 4 2. Web Application: High CPU on web 01."
    )


@pytest.mark.usefixtures("german")
def test_a_german_push_has_its_facts_and_why():
    title, text = shown_text(german_message(make_brief(assignee="Ada")))

    assert title == "KRITISCH #1042 High CPU on web-01"
    assert text.splitlines() == [
        "Web Application · kritisch · offen · 2026-01-23 10:30 UTC",
        "Ada hat sie übernommen",
        "Warum Sie: Schritt 1 von Web: erste Bereitschaft in Shop",
    ]


@pytest.mark.usefixtures("german")
def test_a_german_mail_is_german_in_both_its_parts():
    found = mail_of(german_message(), "ada@example.com")

    assert found.subject == "[kritisch] Web Application: Störung #1042: High CPU on web-01"
    for part in (found.text, found.html):
        assert "Warum Sie: Schritt 1 von Web: erste Bereitschaft in Shop" in part
        assert "Dringlichkeit" in part
        assert "Why you" not in part
        assert "Acknowledge " not in part
    assert '<html lang="de">' in found.html


@pytest.mark.usefixtures("german")
def test_a_german_chat_lists_several_incidents():
    briefs = [make_brief(number) for number in range(1, 24)]

    text = chat_text(german_message(*briefs), limit=4000)

    assert text.startswith("[kritisch] Web Application: 23 Störungen, 23 kritisch: #23 High CPU")
    assert "und 3 weitere" in text
    assert card_of(german_message()).facts[0] == ("Dienst", "Web Application")


@pytest.mark.usefixtures("german")
def test_slack_has_german_buttons_that_act_as_the_english_ones_do():
    found = content_of(german_message(), is_interactive=True, is_shared=False)

    buttons = next(one for one in found["blocks"] if one["type"] == "actions")["elements"]
    named = {one["action_id"]: one.get("text", one.get("placeholder")) for one in buttons}
    labels = {action: words["text"] for action, words in named.items() if words}
    assert labels == {
        "acknowledge": "Quittieren",
        "resolve": "Lösen",
        "assign": "Mir zuweisen",
        "snooze": "Zurückstellen",
        "escalate": "Eskalieren",
    }


def test_the_menu_of_a_call_is_read_in_the_language_of_the_call():
    menu = Menu.of({"text": "OpsPortal.", "acts": "1", "language": "de"})

    twiml = _twiml.ask(menu, "https://ops.example/keys/")

    assert '<Say language="de-DE">OpsPortal. Drücken Sie die 7 zum Quittieren' in twiml
    assert "language=de" in twiml


@each(
    "said expected",
    [
        (
            "step 2 of Web: next on call in Shop; sms did not work",
            "Schritt 2 von Web: nächste Bereitschaft in Shop; sms hat nicht funktioniert",
        ),
        (
            "On call from Mon 30 Mar 09:00: Shop and Bank",
            "Bereitschaft ab Mo 30. März 09:00: Shop and Bank",
        ),
        (
            "#7 is no open incident of the message that you have answered. Nothing is done.",
            "#7 ist keine offene Störung der Nachricht, die Sie beantwortet haben. "
            "Es wird nichts getan.",
        ),
        ("A sentence of a user. It is over.", "A sentence of a user. Es ist vorbei."),
        (
            "Ada and Bo stay on call as well until then, or until Mon 2 Mar 08:00.",
            "Ada und Bo bleiben bis dahin ebenfalls in Bereitschaft, oder bis Mo 2. März 08:00.",
        ),
        ("Yours: #7 acknowledged. #8 resolved.", "Ihre: #7 quittiert. #8 gelöst."),
    ],
)
@pytest.mark.usefixtures("german")
def test_a_stored_sentence_is_told_in_the_language_of_its_reader(said, expected):
    assert translated(said) == expected


def test_in_english_a_stored_sentence_stays_as_it_is():
    assert translated("It is over.") == "It is over."


@each("chosen portal expected", [("de", "en", "de"), ("", "de", "de"), ("fr", "en", "en")])
def test_who_has_chosen_no_language_reads_that_of_the_portal(settings, chosen, portal, expected):
    settings.MESSAGE_LANGUAGE = portal

    assert language_of(chosen) == expected


@pytest.mark.django_db
def test_a_page_goes_out_in_the_language_of_its_person(twilio):
    make_provider()
    ada = make_user("Ada", email=False, language="de")
    row = make_page(make_phone(user=ada), reason=WHY)

    send(row)

    (body,) = parse_qs(twilio.requests[-1][2].decode())["Body"]
    assert "KRITISCH" in body or "FEHLER" in body
    assert "Antwort: ack" in body


@pytest.mark.django_db
def test_a_shared_channel_has_a_language_of_its_own(outside):
    row = tell()
    row.shared_channel.language = "de"
    now = timezone.now()

    german = build_message([row], now=now, may_repeat=True)
    row.shared_channel.language = ""
    english = build_message([row], now=now, may_repeat=True)

    assert german.title.startswith(f"Störung #{row.incident_id}: ")
    assert "Vielleicht haben Sie dies schon erhalten" in german.body
    assert english.title.startswith(f"Incident #{row.incident_id}: ")


@pytest.mark.django_db
def test_a_code_and_a_test_are_german_for_who_reads_german():
    method = make_method(make_user(email=False, language="de"), is_verified=False)
    now = timezone.now()

    code = build_message([send_code(method.pk)], now=now, may_repeat=False)
    test = build_message([send_test(method_id=method.pk)], now=now, may_repeat=False)

    assert code.title == f"{code.code} ist Ihr OpsPortal-Code"
    assert test.title == "Testnachricht von OpsPortal"
    assert test.reason == "jemand hat einen Test angefordert"


@pytest.mark.django_db
def test_an_answer_is_answered_in_the_language_of_whoever_gave_it():
    ada = make_user("Ada", email=False, language="de")
    row = make_page(make_phone(user=ada))
    row.state, row.done_at = "sent", timezone.now()
    row.save()

    reply = Reply(address=NUMBER, text=f"ack {row.incident_id}", event_id="E1")
    said = replies.answer("sms", "1", reply)
    again = replies.answer("sms", "1", reply)

    assert said == again == f"Ihre: #{row.incident_id} quittiert."


@pytest.mark.django_db
def test_an_invitation_is_german_for_who_reads_german():
    ada, bo = make_user("Ada Lovelace", language="de"), make_user("Bo")

    invitations.send(ada, "https://ops.example/set/", by=bo)

    assert mail.outbox[0].subject == "Ihr Zugang zu OpsPortal"
    assert "Bo hat Sie zu OpsPortal" in mail.outbox[0].body


def test_every_channel_that_a_person_can_have_says_who_is_not_known_in_german():
    texts = [channel.stranger_text("U1") for channel in all_channels().values()]

    with written_in("de"):
        left = [text for text in texts if text and translated(text) == text]

    assert left == []
