"""Where providers say what became of messages, and what people answered.

The address holds a token, and most providers sign besides: their module checks that. A receipt is
stored before it is answered with 200.
"""

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from django_q.tasks import async_task

from notifications.actions import receipts, replies
from notifications.callback_requests import read_signed, refusal
from notifications.provider_accounts import ProviderAccount, account_by_token
from notifications.receipts import Reply
from opsportal.lib.task_queues import SENDERS

TELL = "notifications.tasks.tell"


@method_decorator(csrf_exempt, name="dispatch")
class CallbackView(View):
    """One address for each account: ``/callbacks/<token>/``, and what its provider adds to it."""

    http_method_names = ["get", "post"]

    def get(self, request: HttpRequest, token: str, rest: str = "") -> HttpResponse:
        return self.post(request, token, rest)

    def post(self, request: HttpRequest, token: str, rest: str = "") -> HttpResponse:
        account = account_by_token(token)
        if account is None:
            return refusal("unknown", 404)
        read = partial(account.provider.read_callback, account.config)
        heard = read_signed(request, account.name, read)
        if isinstance(heard, HttpResponse):
            return heard
        for receipt in heard.receipts:
            receipts.note(account.key, receipt)
        said = [_answer(account, reply) for reply in heard.replies]
        if heard.replies:
            body, content_type = account.provider.answer([text for text in said if text])
            return HttpResponse(body, content_type=content_type)
        return HttpResponse(heard.body, content_type=heard.content_type)


def _answer(account: ProviderAccount, reply: Reply) -> str:
    """Do what a reply asks for, and have its sender told by a worker where the provider is asked
    for that: a callback waits for nobody else."""
    by_message = account.provider.answers_by_message
    text = replies.answer(account.channel, account.key, reply, by_message=by_message)
    if account.provider.tells:
        async_task(TELL, account.token, reply, text, cluster=SENDERS)
    return text
