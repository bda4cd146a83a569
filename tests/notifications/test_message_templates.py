"""What messages say by a template, which begins with the usual words and falls back to them."""

import pytest
from django.utils import timezone

from incidents.errors import InvalidRequest
from notifications.actions import message_templates
from notifications.actions.build_message import build_message
from notifications.channels import all_channels
from notifications.choices import TemplateKind, TemplateOccasion
from notifications.message.card import card_of
from notifications.message.chat_text import chat_text
from notifications.message.mail import mail_of
from notifications.message.message import Written
from notifications.message.push import shown_text
from notifications.message.short import sms_text
from notifications.message.spoken import spoken_text
from notifications.message.stock_templates import stock_text
from notifications.message.template_check import OCCASIONS, check_template, write
from notifications.models import MessageTemplate
from opsportal.lib.languages import written_in
from tests.factories import make_incident, make_user
from tests.notifications.accounts import make_page, make_phone
from tests.notifications.samples import make_brief, make_message
from tests.rows import each

SHORT_PAGE = (TemplateKind.SHORT, TemplateOccasion.PAGE, "")
OWN = Written("", "{{ number }}: {{ title }}")
MESSAGES = [
    ("incident.triggered", [make_brief()]),
    ("incident.triggered", [make_brief(service="", priority="P2", assignee="Ada", summary="a\nb")]),
    ("incident.triggered", [make_brief(n, service=f"S{n}") for n in range(1040, 1065)]),
    ("incident.acknowledged", [make_brief(status="acknowledged", assignee="Ada")]),
    ("incident.resolved", [make_brief(status="resolved")]),
    ("incident.resolved", [make_brief(status="resolved"), make_brief(7, status="resolved")]),
    ("incident.sla_breached", [make_brief()]),
]
SAYS = {
    TemplateKind.SHORT: sms_text,
    TemplateKind.PUSH: shown_text,
    TemplateKind.VOICE: spoken_text,
    TemplateKind.CHAT: lambda message: chat_text(message, limit=20_000),
    TemplateKind.MAIL: lambda message: mail_of(message, "ada@example.com").subject,
}


@each("kind", list(TemplateKind))
@each("language", ["en", "de"])
def test_the_usual_text_as_a_template_says_what_is_said_without_one(kind, language):
    with written_in(language):
        for event, briefs in MESSAGES:
            message = make_message(*briefs, event=event)
            usual = write(message, stock_text(kind, OCCASIONS[message.event]))

            assert SAYS[kind](usual) == SAYS[kind](message)


@each("kind", list(TemplateKind))
@each("occasion", list(TemplateOccasion))
@each("language", ["en", "de"])
def test_the_usual_text_may_be_saved(kind, occasion, language):
    with written_in(language):
        check_template(kind, occasion, stock_text(kind, occasion))


def test_a_mail_has_the_words_and_still_its_buttons_and_warnings():
    found = write(make_message(make_brief(), may_repeat=True), Written("Now: {{ title }}", "Help!"))

    mail = mail_of(found, "ada@example.com")

    assert mail.subject == "Now: High CPU on web-01"
    for part in (mail.text, mail.html):
        assert "Help!" in part
        assert "https://ops.example/a/ack1042/" in part
        assert "You may have had this before" in part
        assert "Dringlichkeit" not in part
    assert "Severity" not in mail.html


def test_a_link_is_never_cut_from_a_text_message_and_a_test_stays_marked():
    long = Written("", "{{ title }} " + "and more " * 40)

    text = sms_text(write(make_message(make_brief(is_test=True)), long))

    assert text.startswith("TEST High CPU on web-01 and more")
    assert text.endswith("... Reply ack 1042. https://ops.example/incidents/1042/")
    assert len(text) <= 306


def test_a_card_has_the_words_in_place_of_its_facts():
    card = card_of(write(make_message(make_brief()), Written("T", "Words")))

    assert (card.title, card.text, card.facts, card.note) == ("T", "Words", (), "")
    assert [link.kind for link in card.links] == ["acknowledge", "resolve", "open"]


@pytest.mark.django_db
@each(
    "kind template words",
    [
        (TemplateKind.SHORT, Written("", "{{ titel }}"), "text: There is no field “titel”."),
        (TemplateKind.SHORT, Written("A", "B"), "subject: This kind of message has no title"),
        (TemplateKind.SHORT, Written("", "a" * 400), "text: With an ordinary incident and its"),
        (TemplateKind.SHORT, Written("", "ê" * 120), "text: With an ordinary incident and its"),
        (TemplateKind.VOICE, Written("", "a" * 301), "text: With an ordinary incident it has 301"),
        (TemplateKind.PUSH, Written("a" * 121, "b"), "subject: With an ordinary incident it has"),
        (TemplateKind.MAIL, Written("{{ title", "{% if x %}"), "text: "),
        (
            TemplateKind.CHAT,
            Written("a", "{% if count > 99 %}a{% endif %}"),
            "text: It says nothin",
        ),
        (TemplateKind.CHAT, Written("a", "{{ title|lines:'x' }}"), "text: It cannot be filled in"),
    ],
)
def test_what_cannot_be_sent_is_refused_at_its_field(kind, template, words):
    with pytest.raises(InvalidRequest) as refusal:
        message_templates.save_template((kind, TemplateOccasion.PAGE, ""), template, by=None)

    assert str(refusal.value).startswith(words)
    assert not MessageTemplate.objects.exists()


def built(**fields):
    person = make_user("Ada", email=False, **fields)
    row = make_page(make_phone(user=person), make_incident(title="Disk full"))
    message = build_message([row], now=timezone.now(), may_repeat=False)
    return message, row.incident_id


@pytest.mark.django_db
def test_a_page_says_what_the_template_of_its_language_says():
    message_templates.save_template(SHORT_PAGE, OWN, by=None)
    german = (*SHORT_PAGE[:2], "de")
    message_templates.save_template(german, Written("", "Neu: {{ title }}"), by=None)

    english, number = built()
    assert english.written == Written("", f"{number}: Disk full")
    assert built(language="de")[0].written == Written("", "Neu: Disk full")

    message_templates.reset_template(german)
    again, number = built(language="de")
    assert again.written == Written("", f"{number}: Disk full")
    message_templates.reset_template(SHORT_PAGE)
    assert built()[0].written is None


@pytest.mark.django_db
@each("source", ["{% for x in y %}", "{{ unknown }}", "{{ title|lines:'x' }}", "{% if %}"])
def test_a_template_that_fails_falls_back_to_the_usual_text_and_says_so(source):
    MessageTemplate.objects.all().delete()
    row = MessageTemplate.objects.create(kind="short", occasion="page", text=source)

    message, number = built()

    row.refresh_from_db()
    assert f"#{number} Disk full" in sms_text(message)
    assert message.written is None
    assert row.error
    assert row.failed_at


@pytest.mark.django_db
def test_codes_tests_and_machines_have_no_template():
    kinds = {key: channel.template_kind for key, channel in all_channels().items()}
    assert [key for key, kind in kinds.items() if kind is None] == ["inapp", "webhook"]

    message = make_message(event="verification", code="123456")

    assert message_templates.in_own_words(message, "sms") is message
