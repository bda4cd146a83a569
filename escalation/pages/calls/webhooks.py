"""What a provider asks, and reports, of a call that came in. All of it is signed.

Nothing here waits for the provider: what it is asked for is a task of the workers.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, wraps

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from escalation.actions import incoming_calls
from escalation.actions.call_legs import account_for
from escalation.choices import CallState
from escalation.models import CallRoute, IncomingCall
from escalation.models.call_routes import GREETING
from notifications.call_control import ACCEPT_KEY, Answer, CallControl, CallReport
from notifications.callback_requests import read_signed, refusal
from opsportal.lib.languages import written_in
from opsportal.lib.net.errors import DeliveryError

logger = logging.getLogger(__name__)
TOO_MANY = gettext_noop("Too many calls have come in. Please try again in ten minutes. Goodbye.")
DISABLED = gettext_noop("This number is not in use at present. Goodbye.")
GONE = gettext_noop("The caller is no longer waiting. Goodbye.")
GOODBYE = gettext_noop("Goodbye.")
FAILED = gettext_noop("This did not work. Please call again. Goodbye.")


@dataclass(frozen=True, slots=True)
class _Asked:
    """A webhook that was signed: of which route, how it is answered, and what it says."""

    route: CallRoute
    control: CallControl
    report: CallReport

    def call(self, pk: int | None = None) -> IncomingCall | None:
        """The call of this number here, or of the id that the provider gave."""
        named = {"pk": pk} if pk else {"call_id": self.report.call_id}
        found = self.route.calls.select_related("route").filter(**named).first()
        return found if found and (pk or self.report.call_id) else None


Handler = Callable[..., Answer]
View = Callable[..., HttpResponse]


def _webhook(handle: Handler) -> View:
    """The view of a webhook: one that is not signed, or of no route, is refused."""

    @csrf_exempt
    @require_POST
    @wraps(handle)
    def view(request: HttpRequest, token: str, **path: int) -> HttpResponse:
        routes = CallRoute.objects.select_related("provider", "service", "schedule", "policy")
        route = routes.filter(token=token).first()
        if route is None:
            return refusal("unknown", 404)
        try:
            account, control = account_for(route)
        except DeliveryError as error:
            return refusal(str(error), 503)
        report = read_signed(request, route.name, partial(control.read, account.config))
        if isinstance(report, HttpResponse):
            return report
        asked = _Asked(route, control, report)
        # That of whoever was rung; callers are told in the portal's own.
        with written_in(request.GET.get("language", "")):
            try:
                answer = handle(asked, **path)
            except Exception:  # The provider would read out that an application has failed.
                logger.exception("A webhook of the route %s failed", route)
                answer = control.say(_(FAILED))
        return HttpResponse(answer.body, content_type=answer.content_type)

    return view


@_webhook
def incoming(asked: _Asked) -> Answer:
    """A call comes in: the caller is greeted and waits, while people are rung."""
    route, control = asked.route, asked.control
    if not route.is_enabled:
        return control.say(_(DISABLED))
    call = incoming_calls.begin(route, asked.report, timezone.now())
    if call is None:
        return control.say(_(TOO_MANY))
    greeting = _(GREETING) if route.greeting == GREETING else route.greeting
    return control.hold(greeting, call.room, f"{route.url}{call.pk}/caller/")


@_webhook
def caller_event(asked: _Asked, pk: int | None = None) -> Answer:
    """What becomes of the caller's own call; of others in the room nothing is noted."""
    call = asked.call(pk)
    if call is not None and asked.report.ended and asked.report.call_id == call.call_id:
        incoming_calls.caller_left(call)
    return Answer()


@_webhook
def leg_event(asked: _Asked, pk: int, number: int) -> Answer:
    """What becomes of the call to a person."""
    call = asked.call(pk)
    if call is not None and asked.report.ended:
        incoming_calls.leg_ended(call, number, asked.report)
    return Answer()


@_webhook
def leg_key(asked: _Asked, pk: int, number: int) -> Answer:
    """A key, or silence, of a person who was rung: only the key takes the call."""
    call, control = asked.call(pk), asked.control
    if call is None or asked.report.key != ACCEPT_KEY:
        return control.say(_(GOODBYE))
    if not incoming_calls.accept(call, number, asked.report.call_id):
        return control.say(_(GONE))
    return control.join(_("You have the call."), call.room)


@_webhook
def message(asked: _Asked, pk: int) -> Answer:
    """The recording of a message, or its transcript."""
    call = asked.call(pk)
    if call is not None and call.state in (CallState.MESSAGE, CallState.ENDED):
        incoming_calls.message_left(call, asked.report)
    return asked.control.say(_("Thank you. Goodbye."))
