"""Where ticket systems say what happens to tickets. The address holds a token, and each request
is signed besides, or carries a secret."""

import logging

from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from notifications.actions import ticket_news
from notifications.errors import CallbackRefused
from notifications.models import OutboundService
from notifications.outbound import find_system
from notifications.views.callbacks import MAX_BODY_BYTES, NONSENSE, callback_of
from opsportal.lib.encryption import SecretUnreadable

logger = logging.getLogger(__name__)


@method_decorator(csrf_exempt, name="dispatch")
class TicketWebhookView(View):
    """One address for each ticket system: ``/callbacks/tickets/<token>/``."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        service = OutboundService.objects.filter(token=token).first()
        system = find_system(service.kind) if service else None
        if service is None or system is None:
            return _said("unknown", 404)
        if int(request.headers.get("Content-Length") or 0) > MAX_BODY_BYTES:
            return _said("too large", 413)
        try:
            found = system.read_webhook(service.config, callback_of(request))
        except CallbackRefused as refusal:
            return _said(str(refusal), 403)
        except SecretUnreadable:
            return _said("The settings here cannot be read.", 503)
        except NONSENSE:
            logger.warning("A request of %s cannot be read", service, exc_info=True)
            return _said("It cannot be read.", 400)
        words = [ticket_news.take(service, news) for news in found]
        return _said("; ".join(words) or "nothing to do", 200)


def _said(sentence: str, status: int) -> HttpResponse:
    return HttpResponse(sentence, status=status, content_type="text/plain")
