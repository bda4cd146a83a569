"""What browsers that take pushes ask for: to be registered, renewed, and to say what was seen."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from incidents.errors import DomainError, InvalidRequest
from incidents.models import User
from incidents.models.people import UPDATE_OWN_NOTIFICATIONS
from incidents.views.base import SignedInRequest, requires_of_oneself
from notifications import push_key
from notifications.actions import device_receipts, devices
from notifications.device_name import device_name
from notifications.errors import LinkInvalid
from notifications.models import ContactMethod
from notifications.push_receipts import SEEN, TAPPED, read_receipt
from opsportal.lib.signatures.json_body import object_in


@requires_of_oneself(UPDATE_OWN_NOTIFICATIONS)
@require_POST
def register(request: SignedInRequest) -> HttpResponse:
    """The subscription of this browser becomes a contact method of who is signed in."""
    try:
        config = _subscription(request) | {
            "device": device_name(request.headers.get("User-Agent", ""))
        }
        return _answer(devices.register_device(request.user, config), status=201)
    except DomainError as refusal:
        return _refusal(refusal, 400)


@csrf_exempt
@require_POST
def renew(request: HttpRequest, token: str) -> HttpResponse:
    """Its push service gave it another subscription. The token is the authority."""
    try:
        return _answer(devices.renew_device(token, _subscription(request)))
    except LinkInvalid as refusal:
        return _refusal(refusal, 404)
    except DomainError as refusal:
        return _refusal(refusal, 400)


def browser_context(user: User) -> dict[str, Any]:
    """What a page needs for the button that registers this browser."""
    mine = user.contact_methods.filter(channel=devices.CHANNEL)
    return {
        "key": push_key.public_key(),
        "known": " ".join(devices.digest_of(m) for m in mine if m.is_enabled and not m.fault),
    }


def _receipt(kind: str, record: Callable[[UUID], None]) -> Callable[..., HttpResponse]:
    @csrf_exempt
    @require_POST
    def view(request: HttpRequest, token: str) -> HttpResponse:
        try:
            record(read_receipt(token, kind))
        except LinkInvalid as refusal:
            return _refusal(refusal, 404)
        return HttpResponse(status=204)

    return view


seen = _receipt(SEEN, device_receipts.record_seen)
tapped = _receipt(TAPPED, device_receipts.record_tapped)


def _subscription(request: HttpRequest) -> dict[str, Any]:
    """The settings of the channel, of a ``PushSubscription`` as JSON. Raises InvalidRequest."""
    try:
        sent = object_in(request.body) or {}
        keys = sent["keys"]
        found = {
            "endpoint": sent["endpoint"],
            "p256dh": keys["p256dh"],
            "auth": keys["auth"],
        }
    except (LookupError, TypeError):
        raise InvalidRequest("This is no push subscription.") from None
    return {name: str(value) for name, value in found.items()}


def _answer(method: ContactMethod, *, status: int = 200) -> HttpResponse:
    """What the device keeps: how to renew its subscription, and with which key."""
    renewal = reverse("device_renew", args=[devices.renewal_token(method)])
    body = {
        "id": method.pk,
        "is_verified": method.is_verified,
        "renew": renewal,
        "key": push_key.public_key(),
    }
    return JsonResponse(body, status=status)


def _refusal(error: DomainError, status: int) -> HttpResponse:
    return JsonResponse({"code": error.code, "detail": str(error)}, status=status)
