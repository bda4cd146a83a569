"""Where providers say what became of messages, and what people answered.

The address holds a token, and most providers sign besides: their module checks that. A receipt is
stored before it is answered with 200.
"""

import logging

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from django_q.tasks import async_task

from notifications.actions import receipts, replies
from notifications.errors import CallbackRefused
from notifications.provider_accounts import ProviderAccount, account_by_token
from notifications.receipts import Callback, Heard, Reply
from opsportal.lib.net.errors import DeliveryError
from opsportal.lib.signatures.errors import CannotVerify
from opsportal.lib.task_queues import SENDERS

logger = logging.getLogger(__name__)
MAX_BODY_BYTES = 256 * 1024
TELL = "notifications.tasks.tell"
# What a module raises that finds other types, names or depths than its provider documents.
NONSENSE = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)


@method_decorator(csrf_exempt, name="dispatch")
class CallbackView(View):
    """One address for each account: ``/callbacks/<token>/``, and what its provider adds to it."""

    http_method_names = ["get", "post"]

    def get(self, request: HttpRequest, token: str, rest: str = "") -> HttpResponse:
        return self.post(request, token, rest)

    def post(self, request: HttpRequest, token: str, rest: str = "") -> HttpResponse:
        account = account_by_token(token)
        if account is None:
            return _refusal("unknown", 404)
        if int(request.headers.get("Content-Length") or 0) > MAX_BODY_BYTES:
            return _refusal("too large", 413)
        heard = _read(account, request)
        if isinstance(heard, HttpResponse):
            return heard
        for receipt in heard.receipts:
            receipts.note(account.key, receipt)
        said = [_answer(account, reply) for reply in heard.replies]
        if heard.replies:
            body, content_type = account.provider.answer([text for text in said if text])
            return HttpResponse(body, content_type=content_type)
        return HttpResponse(heard.body, content_type=heard.content_type)


def _read(account: ProviderAccount, request: HttpRequest) -> Heard | HttpResponse:
    """What a request of its provider says; or the answer to one that says nothing here."""
    try:
        return account.provider.read_callback(account.config, _callback(request))
    except CallbackRefused as refusal:
        return _refusal(str(refusal), 403)
    except CannotVerify as delay:
        return _refusal(str(delay), 503)
    except DeliveryError as error:  # Of a provider that is asked whether it said so.
        return _refusal(str(error), 403 if error.permanent else 503)
    except NONSENSE:
        logger.warning("A callback of %s cannot be read", account.name, exc_info=True)
        return _refusal("It cannot be read.", 400)


def _refusal(sentence: str, status: int) -> HttpResponse:
    return HttpResponse(sentence, status=status, content_type="text/plain")


def _answer(account: ProviderAccount, reply: Reply) -> str:
    """Do what a reply asks for, and have its sender told by a worker where the provider is asked
    for that: a callback waits for nobody else."""
    by_message = account.provider.answers_by_message
    text = replies.answer(account.channel, account.key, reply, by_message=by_message)
    if account.provider.tells:
        async_task(TELL, account.token, reply, text, cluster=SENDERS)
    return text


def _callback(request: HttpRequest) -> Callback:
    return Callback(
        method=request.method or "",
        url=f"{settings.SITE_URL}{request.get_full_path()}",
        headers=request.headers,
        query=request.GET.dict(),
        body=request.body,
    )
