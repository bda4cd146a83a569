"""Mails that a provider of mail takes for us, and posts here: ``/anymail/<provider>/inbound/``.

What providers post is read by django-anymail; a mail is stored before it is answered with 200.
"""

import warnings
from typing import Any

from anymail.exceptions import (
    AnymailConfigurationError,
    AnymailNotSupportedWarning,
    AnymailWebhookValidationFailure,
)
from anymail.inbound import AnymailInboundMessage
from anymail.signals import AnymailInboundEvent, inbound
from anymail.webhooks.mailgun import MailgunInboundWebhookView
from anymail.webhooks.mailjet import MailjetInboundWebhookView
from anymail.webhooks.postmark import PostmarkInboundWebhookView
from anymail.webhooks.sendgrid import SendGridInboundWebhookView
from anymail.webhooks.sparkpost import SparkPostInboundWebhookView
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.urls import path

from integrations.endpoints.views import refusal, way_in
from integrations.mail import store
from integrations.mail.incoming import Letter

PROVIDERS: dict[str, Any] = {
    "mailgun": MailgunInboundWebhookView,
    "mailjet": MailjetInboundWebhookView,
    "postmark": PostmarkInboundWebhookView,
    "sendgrid": SendGridInboundWebhookView,
    "sparkpost": SparkPostInboundWebhookView,
}
TOO_LARGE = "The mail is larger than what is taken (INBOUND_MAIL_MAX_BYTES)."
REFUSALS: dict[type[Exception], tuple[int, str]] = {
    AnymailWebhookValidationFailure: (401, "unauthenticated"),
    AnymailConfigurationError: (400, "wrong_webhook"),
    RequestDataTooBig: (413, "too_large"),
    store.UnknownMailbox: (404, "unknown_mailbox"),
    store.MailboxClosed: (403, "disabled"),
    store.NotKept: (503, "unavailable"),
}
# What a payload of another form makes anymail raise.
MALFORMED = (LookupError, ValueError, TypeError, AttributeError)
# That the authors of anymail cannot try SendGrid any more is said in docs/sending.md.
warnings.filterwarnings("ignore", category=AnymailNotSupportedWarning)


@way_in("POST", "HEAD")
def webhook(request: HttpRequest, provider: str) -> HttpResponse:
    """Only with the secret: the address alone is easily guessed."""
    if missing := _missing(provider):
        return refusal(404, "not_set_up", missing)
    declared = request.META.get("CONTENT_LENGTH") or "0"
    if not declared.isdecimal() or int(declared) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        return refusal(413, "too_large", TOO_LARGE)
    try:
        return PROVIDERS[provider].as_view()(request)
    except tuple(REFUSALS) as error:
        status, code = next(told for kind, told in REFUSALS.items() if isinstance(error, kind))
        answer = refusal(status, code, f"{error}"[:300] or type(error).__name__)
    except MALFORMED as error:
        said = f"This is not what {provider} posts ({type(error).__name__}: {error})."
        return refusal(400, "unreadable", said[:300])
    if status == 401:
        answer["WWW-Authenticate"] = 'Basic realm="inbound mail"'
    if status == 503:
        answer["Retry-After"] = "60"
    return answer


def _missing(provider: str) -> str:
    """What is to be set before this provider may post; '' where nothing is missing."""
    if not settings.ANYMAIL["WEBHOOK_SECRET"]:
        return "Set INBOUND_MAIL_WEBHOOK_SECRET to user:password, and put both into the address."
    if provider == "mailgun" and not settings.ANYMAIL["MAILGUN_WEBHOOK_SIGNING_KEY"]:
        return "Set INBOUND_MAIL_MAILGUN_KEY to the HTTP webhook signing key of the account."
    return ""


@receiver(inbound)
def keep(sender: Any, event: AnymailInboundEvent, esp_name: str, **more: Any) -> None:
    """Store the mail, in the request that brought it: what goes wrong is the provider's answer."""
    message: AnymailInboundMessage = event.message
    store.deliver(
        Letter(
            raw=message.as_bytes(),
            recipients=_recipients(message),
            sender=message.envelope_sender,
            way=esp_name.lower(),
        )
    )


def _recipients(message: AnymailInboundMessage) -> tuple[str, ...]:
    """Whom the provider took it for; without a word of that, whom it is addressed to."""
    if message.envelope_recipient:
        return (message.envelope_recipient,)
    return tuple(one.addr_spec for one in [*message.to, *message.cc])


urlpatterns = [
    path(f"anymail/{name}/inbound/", webhook, {"provider": name}, name=f"mail_{name}")
    for name in PROVIDERS
]
urlpatterns.append(path("anymail/mailgun/inbound_mime/", webhook, {"provider": "mailgun"}))
