"""What workers do for calls that come in: ring the next person, take a message, hang up."""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from escalation.actions import incoming_calls
from escalation.actions.incoming_calls import MAX_MESSAGE_WAIT, SLACK_S, ask_to_ring, note
from escalation.choices import CallState
from escalation.models import CallRoute, IncomingCall
from escalation.policies.call_ladder import number_of
from incidents.models import User
from notifications.call_control import ACCEPT_KEY, CallControl, Leg
from notifications.models import ContactMethod
from notifications.provider_accounts import ProviderAccount, account_of
from opsportal.lib.languages import language_of, written_in
from opsportal.lib.net.errors import DeliveryError

logger = logging.getLogger(__name__)
MESSAGE = gettext_noop(
    "Nobody could take your call. Please leave a message after the tone, and press the hash key. "
    "People are being told now."
)
MAX_DUE = 50


def account_for(route: CallRoute) -> tuple[ProviderAccount, CallControl]:
    """The account of a route. Raises DeliveryError where it cannot be used."""
    account = account_of(route.provider) if route.provider.is_enabled else None
    if account is None or account.provider.calls is None:
        raise DeliveryError("The account of the route cannot be used.", permanent=True)
    return account, account.provider.calls


def ring_next(call_id: int, position: int) -> None:
    """Ring whoever comes at this place of the ladder, else the one after; after the last one the
    caller is asked for a message, and the incident pages.

    Done twice, or late, it changes nothing. No transaction is open while the provider is asked.
    """
    while claimed := _claim(call_id, position):
        call, leg = claimed
        if leg is None:
            _ask_for_message(call)
            return
        try:
            account, control = account_for(call.route)
            with written_in(leg.language):
                placed = control.ring(account.config, leg)
        except DeliveryError as error:
            note(call, f"That call could not be made: {error}")
            position = call.position
            continue
        _remember(call, placed)
        return


@transaction.atomic
def _claim(call_id: int, position: int) -> tuple[IncomingCall, Leg | None] | None:
    """The call, and the leg that is to be made now; no leg where everybody was rung. None where
    somebody else is at it, or nothing is to be done any more."""
    rows = IncomingCall.objects.select_for_update(no_key=True, of=("self",))
    ringing = rows.filter(pk=call_id, position=position, state=CallState.RINGING, leg_id="")
    call = ringing.select_related("route__provider", "incident").first()
    if call is None:
        return None
    while call.position < len(call.ladder):
        user_id, method_id = call.ladder[call.position]
        user = User.objects.pageable().filter(pk=user_id).first()
        number = number_of(ContactMethod.objects.usable().filter(pk=method_id).first())
        call.position += 1
        if user is not None and number:
            call.due_at = timezone.now() + timedelta(seconds=call.route.ring_seconds + SLACK_S)
            call.save(update_fields=["position", "due_at"])
            note(call, incoming_calls.describe(call, user, number))
            return call, _leg(call, number, language_of(user.language))
    call.state, call.due_at = CallState.MESSAGE, timezone.now() + MAX_MESSAGE_WAIT
    call.save(update_fields=["state", "position", "due_at"])
    nobody = "Nobody accepted" if call.ladder else "Nobody who is on call has a phone number"
    note(call, f"{nobody}: the caller is asked for a message")
    incoming_calls.page(call, f"{nobody}: people are told now")
    return call, None


def _leg(call: IncomingCall, number: str, language: str) -> Leg:
    url = call.leg_url(call.position)
    with written_in(language):
        caller = ", ".join(call.caller.lstrip("+")) or _("a number that is withheld")
        words = _(
            "OpsPortal. {route}. A call from {caller}. Press {key} to take it. Without a key the "
            "next person is rung."
        ).format(route=call.route.name, caller=caller, key=ACCEPT_KEY)
    return Leg(
        number=number,
        sender=call.route.number,
        words=words,
        url=url,
        key_url=f"{url}key/?language={language}",
        language=language,
        ring_s=call.route.ring_seconds,
    )


def _remember(call: IncomingCall, leg_id: str) -> None:
    """The id of the leg, unless it is over by now; the leg is ended where the caller is gone."""
    rows = IncomingCall.objects.filter(pk=call.pk, position=call.position)
    if rows.filter(state=CallState.RINGING).update(leg_id=leg_id[:100]):
        return
    if rows.filter(state=CallState.ENDED, accepted_by=None).exists():
        hang_up(call.pk, leg_id)


def _ask_for_message(call: IncomingCall) -> None:
    try:
        account, control = account_for(call.route)
        url = f"{call.route.url}{call.pk}/message/"
        with written_in(""):
            control.take_message(account.config, call.call_id, _(MESSAGE), url)
    except DeliveryError as error:
        note(call, f"The caller could not be asked for a message: {error}")


def hang_up(call_id: int, leg_id: str) -> None:
    """End the call to a person, which nobody waits for any more; a failure is only logged."""
    call = IncomingCall.objects.select_related("route__provider").get(pk=call_id)
    try:
        account, control = account_for(call.route)
        control.hang_up(account.config, leg_id)
    except DeliveryError as error:
        logger.warning("A call of %s could not be ended: %s", call.route, error)


def go_on_with_due(now: datetime) -> int:
    """Go on with calls of which nothing was heard in time: a worker died, or a webhook is lost.

    Returns how many those were.
    """
    rows = IncomingCall.objects.filter(due_at__lte=now).order_by("due_at")
    due = list(rows.values_list("pk", "position", "state")[:MAX_DUE])
    for pk, position, state in due:
        call = IncomingCall.objects.filter(pk=pk, position=position, state=state, due_at__lte=now)
        if state != CallState.RINGING:
            call.update(state=CallState.ENDED, ended_at=now, due_at=None)
        elif call.update(due_at=now + timedelta(seconds=SLACK_S), leg_id=""):
            ask_to_ring(pk, position)
    return len(due)
