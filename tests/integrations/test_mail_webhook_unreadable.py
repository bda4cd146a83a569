"""Mails from a provider that are too large or in another form: nothing is lost in silence."""

import pytest
from django.utils import timezone

from incidents.models import Incident
from integrations.engine.unreadable import report_unreadable
from integrations.models import InboundMessage, Integration
from tests.integrations.mail_providers import (
    SECRET,
    TO,
    basic,
    mailgun,
    post_form,
    post_json,
    post_raw_json,
    post_urlencoded,
    postmark,
    raw_form,
    sendgrid,
)
from tests.integrations.mails import DOMAIN, nagios

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("providers"),
    # Anymail warns that its authors cannot try SendGrid any more.
    pytest.mark.filterwarnings("ignore::anymail.exceptions.AnymailNotSupportedWarning"),
]


@pytest.mark.parametrize("provider", ["postmark", "mailgun", "sendgrid", "mailjet", "sparkpost"])
@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"null", b"not json", b"\xff\xfe", b'{"a":1}'])
def test_garbage_is_refused_and_never_an_error_of_ours(client, provider, body):
    answer = post_json(client, provider, body)

    assert answer.status_code < 500
    assert not InboundMessage.objects.exists()


def too_large(raw):
    """As `ways`, with 2,000 bytes more behind all else."""
    more = {"body-mime": raw.decode() + "x" * 2000}
    return {
        "mailgun": (post_form, "mailgun", mailgun(**more)),
        "mailgun, urlencoded": (post_urlencoded, "mailgun", mailgun(**more)),
        "postmark": (post_json, "postmark", postmark(raw, Tag="x" * 2000)),
        "sendgrid": (post_form, "sendgrid", sendgrid(raw, html="x" * 2000)),
    }


@pytest.mark.parametrize("way", too_large(nagios("open")))
def test_a_mail_that_is_too_large_leaves_a_row_a_count_and_one_incident(client, settings, way):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 2000
    post, provider, body = too_large(nagios("open"))[way]

    answers = [post(client, provider, body) for _ in range(2)]
    for _ in range(2):
        report_unreadable(now=timezone.now())

    assert [(one.status_code, one.json()["code"]) for one in answers] == [(413, "too_large")] * 2
    [row, _] = InboundMessage.objects.all()
    assert row.integration == Integration.objects.get(mailbox="nagios")
    said = "Rejected: too large. It has more than 2,000 bytes; the first 4,096 are kept."
    assert row.reason == said
    assert row.integration.unreadable_count == 2
    assert SECRET not in str(row.headers)
    assert Incident.objects.get().title.endswith("cannot be read")


def test_a_mail_that_is_too_large_is_for_nobody_unless_it_names_a_mailbox(client, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000

    named = [post_json(client, "postmark", {"To": to, "Text": "x" * 2000}) for to in NOT_OURS]

    assert [one.status_code for one in named] == [413] * len(named)
    assert not InboundMessage.objects.exists()


NOT_OURS = ["", f"x@{DOMAIN}", f"@{DOMAIN}", f"{DOMAIN}", "nagios@elsewhere.example"]


def test_of_a_stranger_nothing_is_kept_however_large_it_is(client, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000

    answer = post_json(
        client, "postmark", postmark(nagios("open"), Tag="x" * 2000), basic("mail:wrong")
    )

    assert answer.status_code == 401
    assert not InboundMessage.objects.exists()


def post_unbounded(client, provider, fields):
    """A form whose boundary is not named."""
    body, kind = raw_form(**fields), "multipart/form-data"
    return client.post(f"/anymail/{provider}/inbound/", body, content_type=kind, headers=basic())


UNREADABLE = {
    "another type": (post_json, "postmark", postmark(nagios("open"), Headers=7)),
    "no headers": (post_form, "sendgrid", {"to": TO, "text": "Host down"}),
    "neither form": (post_form, "mailgun", mailgun()),
    "no boundary": (post_unbounded, "sendgrid", sendgrid(nagios("open"))),
    "not JSON": (post_raw_json, "sparkpost", f'{{"rcpt_to": "{TO}", '),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_what_a_provider_posts_in_another_form_is_told_at_the_mailbox_that_it_names(client, case):
    post, provider, body = UNREADABLE[case]

    answer = post(client, provider, body)

    assert (answer.status_code, answer.json()["code"]) == (400, "unreadable")
    row = InboundMessage.objects.get()
    assert (row.integration.mailbox, row.status) == ("nagios", "failed")
    assert row.reason.startswith(f"Unreadable: This is not what {provider} posts")
    assert row.integration.unreadable_count == 1
