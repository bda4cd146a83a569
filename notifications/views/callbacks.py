"""Where providers say what became of messages, and what people answered.

The address holds a token, and most providers sign besides: their module checks that. A receipt is
stored before it is answered with 200.
"""

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from notifications.actions.heard import act_on
from notifications.callback_requests import read_signed, refusal
from notifications.provider_accounts import account_by_token
from opsportal.lib.languages import written_in


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
        with written_in(request.GET.get("language", "")):  # of a call; else the portal's own
            heard = read_signed(request, account.name, read)
            if isinstance(heard, HttpResponse):
                return heard
            body, content_type = act_on(account, heard)
        return HttpResponse(body, content_type=content_type)
