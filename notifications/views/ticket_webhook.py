"""Where ticket systems say what happens to tickets. The address holds a token, and each request
is signed besides, or carries a secret."""

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from notifications.actions import ticket_news
from notifications.callback_requests import read_signed, refusal
from notifications.models import OutboundService
from notifications.outbound import find_system
from opsportal.lib.encryption import SecretUnreadable


@method_decorator(csrf_exempt, name="dispatch")
class TicketWebhookView(View):
    """One address for each ticket system: ``/callbacks/tickets/<token>/``."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        service = OutboundService.objects.filter(token=token).first()
        system = find_system(service.kind) if service else None
        if service is None or system is None:
            return refusal("unknown", 404)
        try:
            found = read_signed(request, service.name, partial(system.read_webhook, service.config))
        except SecretUnreadable:
            return refusal("The settings here cannot be read.", 503)
        if isinstance(found, HttpResponse):
            return found
        words = [ticket_news.take(service, news) for news in found]
        return HttpResponse("; ".join(words) or "nothing to do", content_type="text/plain")
