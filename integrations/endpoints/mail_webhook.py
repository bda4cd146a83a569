"""Mails that a provider receives for us and posts here: ``/anymail/<provider>/inbound/``.

django-anymail reads what providers post; a mail is stored before it is answered with 200.
"""

import warnings
from contextlib import suppress
from typing import Any, ClassVar

from anymail.exceptions import (
    AnymailConfigurationError,
    AnymailNotSupportedWarning,
    AnymailWebhookValidationFailure,
)
from anymail.inbound import AnymailInboundMessage
from anymail.signals import AnymailInboundEvent, inbound
from anymail.webhooks.base import AnymailBasicAuthMixin
from anymail.webhooks.mailgun import MailgunInboundWebhookView
from anymail.webhooks.mailjet import MailjetInboundWebhookView
from anymail.webhooks.postmark import PostmarkInboundWebhookView
from anymail.webhooks.sparkpost import SparkPostInboundWebhookView
from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from integrations.endpoints import responses
from integrations.endpoints.authentication import InboundAuthentication
from integrations.endpoints.schema import answer, documented
from integrations.endpoints.view import EndpointError, InboundView
from integrations.inbound.request import BadEncoding, TooLarge, build_request, read_raw
from integrations.mail import addresses, store
from integrations.mail.anymail_internals import SendGridView, bound_parsing
from integrations.mail.duplicates import ROUTE
from integrations.mail.incoming import IncomingMail
from integrations.mail.trimming import to_bytes

PROVIDERS: dict[str, Any] = {
    "mailgun": MailgunInboundWebhookView,
    "mailjet": MailjetInboundWebhookView,
    "postmark": PostmarkInboundWebhookView,
    "sendgrid": SendGridView,
    "sparkpost": SparkPostInboundWebhookView,
}
Problem = TooLarge | BadEncoding
TOO_LARGE = "The mail is larger than what is taken (INBOUND_MAIL_MAX_BYTES)."
ERRORS: dict[type[Exception], tuple[int, str]] = {
    AnymailWebhookValidationFailure: (401, "unauthenticated"),
    AnymailConfigurationError: (400, "wrong_webhook"),
    RequestDataTooBig: (413, "too_large"),
    store.UnknownMailbox: (404, "unknown_mailbox"),
    store.MailboxClosed: (403, "disabled"),
    store.NotKept: (503, "unavailable"),
}
# What a payload of another form makes anymail and Django raise.
MALFORMED = (
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    RecursionError,
    MultiPartParserError,
    SuspiciousOperation,
)
MAX_DETAIL_CHARS = 300
# That the authors of anymail cannot try SendGrid any more is said in docs/sending.md.
warnings.filterwarnings("ignore", category=AnymailNotSupportedWarning)
bound_parsing()


class MailWebhookAuthentication(InboundAuthentication):
    """Only with the secret in the URL, as the URL alone is easily guessed; anymail compares it.

    What the provider signs beside it is verified with the mail.
    """

    security: ClassVar[tuple[str, ...]] = ("mailWebhook",)

    def authenticate(self, request: Request) -> tuple[Any, Any]:
        """Raises EndpointError: 404 if the provider is not set up, 401 without the secret, 413 for
        a mail too large.

        The body is left to anymail.
        """
        provider = request.parser_context["kwargs"]["provider"]
        if missing := _missing(provider):
            raise EndpointError(responses.error(404, "not_set_up", missing))
        # By HEAD some providers look whether the address exists, without the secret.
        if request.method == "POST" and (refused := _refused(request._request, provider)):
            raise EndpointError(refused)
        return None, provider


def _missing(provider: str) -> str:
    """What is to be set before this provider may post; '' if nothing is missing."""
    if not settings.ANYMAIL["WEBHOOK_SECRET"]:
        return "Set INBOUND_MAIL_WEBHOOK_SECRET to user:password, and put both into the address."
    if provider == "mailgun" and not settings.ANYMAIL["MAILGUN_WEBHOOK_SIGNING_KEY"]:
        return "Set INBOUND_MAIL_MAILGUN_KEY to the HTTP webhook signing key of the account."
    return ""


def _refused(request: HttpRequest, provider: str) -> HttpResponse | None:
    """The answer to who has not the secret, and to a mail that is too large."""
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    try:
        AnymailBasicAuthMixin.validate_request(PROVIDERS[provider](), request)
        declared = request.META.get("CONTENT_LENGTH") or "0"
        if declared.isdecimal() and int(declared) <= limit:
            return None
        body = read_raw(request, limit)
        _keep(request, body, TooLarge(limit, body))
    except tuple(ERRORS) as failure:
        return _failed(failure)
    return responses.error(413, "too_large", TOO_LARGE)


def _keep(request: HttpRequest, body: bytes, problem: Problem) -> None:
    """Leave a row and a count at each mailbox that the body names, as far as it is there.

    Raises NotKept.
    """
    with suppress(store.UnknownMailbox):
        row = build_request(request, ROUTE, body, b"")
        store.keep_unread(addresses.named_in(body), row, problem)


class MailWebhookView(InboundView):
    """A mail, in the form of the provider."""

    methods = ("POST", "HEAD")
    authentication_classes = [MailWebhookAuthentication]

    @classmethod
    def body_limit(cls) -> int:
        return settings.DATA_UPLOAD_MAX_MEMORY_SIZE

    @extend_schema(request={"multipart/form-data": {}, "application/json": {}})
    @documented(
        "Receive a mail from a provider",
        responses={
            200: answer("The mail is stored."),
            400: answer("This is not what the provider posts.", {"code": "unreadable"}),
            401: answer("The secret is missing or wrong.", {"code": "unauthenticated"}),
            404: answer("No integration has this mailbox.", {"code": "unknown_mailbox"}),
            413: answer("The mail is too large.", {"code": "too_large"}),
            503: answer("Nothing was stored. Send it again.", {"code": "unavailable"}),
        },
    )
    def post(self, request: Request, provider: str) -> HttpResponse:
        body = request._request.body
        try:
            return PROVIDERS[provider].as_view()(request._request)
        except tuple(ERRORS) as failure:
            return _failed(failure)
        except MALFORMED as failure:
            detail = f"This is not what {provider} posts ({type(failure).__name__}: {failure})."
            return _unreadable(request._request, body, detail[:MAX_DETAIL_CHARS])

    head = post


def _unreadable(request: HttpRequest, body: bytes, detail: str) -> HttpResponse:
    try:
        _keep(request, body, BadEncoding(detail))
    except store.NotKept as failure:
        return _failed(failure)
    return responses.error(400, "unreadable", detail)


def _failed(failure: Exception) -> HttpResponse:
    status, code = next(row for kind, row in ERRORS.items() if isinstance(failure, kind))
    detail = f"{failure}"[:MAX_DETAIL_CHARS] or type(failure).__name__
    response = responses.error(status, code, detail)
    if status == 401:
        response["WWW-Authenticate"] = 'Basic realm="inbound mail"'
    if status == 503:
        response["Retry-After"] = "60"
    return response


@receiver(inbound)
def store_mail(sender: Any, event: AnymailInboundEvent, esp_name: str, **more: Any) -> None:
    """Store the mail in the request that brought it. Errors become the provider's answer."""
    message: AnymailInboundMessage = event.message
    store.deliver(
        IncomingMail(
            raw=to_bytes(message),
            recipients=_recipients(message),
            sender=message.envelope_sender,
            transport=esp_name.lower(),
        )
    )


def _recipients(message: AnymailInboundMessage) -> tuple[str, ...]:
    """The envelope's recipient; if the provider does not tell it, those of the header."""
    if message.envelope_recipient:
        return (message.envelope_recipient,)
    return tuple(one.addr_spec for one in [*message.to, *message.cc])


urlpatterns = [
    path(
        f"anymail/{name}/inbound/",
        MailWebhookView.as_view(),
        {"provider": name},
        name=f"mail_{name}",
    )
    for name in PROVIDERS
]
urlpatterns.append(
    path("anymail/mailgun/inbound_mime/", MailWebhookView.as_view(), {"provider": "mailgun"})
)
