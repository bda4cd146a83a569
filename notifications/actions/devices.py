"""Devices that take pushes: a browser registers itself, and renews its subscription."""

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from django.core import signing
from django.db import transaction

from incidents.models import User
from notifications.actions import contact_methods, settings
from notifications.errors import LinkInvalid
from notifications.models import ContactMethod
from opsportal.lib.encryption import readable

CHANNEL = "push"
DIGEST_CHARS = 16


@transaction.atomic
def register_device(user: User, config: dict[str, Any]) -> ContactMethod:
    """The contact method of this browser, which is asked for a tap unless it is verified already.

    One that has ended is used again with its rules, if a device of that name registers. Raises
    InvalidRequest for no subscription, and within 30 s of the last registration.
    """
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    mine = list(user.contact_methods.filter(channel=CHANNEL))
    method = _same(mine, config) or _ended(mine, config)
    if method is None:
        method = contact_methods.add_contact_method(user, CHANNEL, config)
    else:
        method = settings.change_contact_method(method.pk, config=config, is_enabled=True)
    if not method.is_verified:
        contact_methods.send_code(method.pk)
    return method


def renewal_token(method: ContactMethod) -> str:
    """By which the device that has this subscription replaces it, once."""
    return _signer().sign(f"{method.pk}-{digest_of(method)}")


@transaction.atomic
def renew_device(token: str, config: dict[str, Any]) -> ContactMethod:
    """Replace the subscription of a device, which stays verified: it is the same device.

    Raises LinkInvalid for a token that is not ours or was used, InvalidRequest for no subscription.
    """
    try:
        number, _, digest = _signer().unsign(token).partition("-")
    except signing.BadSignature:
        raise LinkInvalid("This device is not known here.") from None
    rows = ContactMethod.objects.select_for_update(no_key=True)
    method = rows.filter(pk=int(number), channel=CHANNEL).first()
    if method is None or digest_of(method) != digest:
        raise LinkInvalid("This device is not known here any more.")
    wanted = {"device": method.config.get("device", ""), **config}
    return settings.change_contact_method(method.pk, config=wanted, is_verified=method.is_verified)


def digest_of(method: ContactMethod) -> str:
    """By which a browser finds its own subscription among these; '' where it cannot be read."""
    endpoint = readable(method, "config", {}).get("endpoint", "")
    return sha256(endpoint.encode()).hexdigest()[:DIGEST_CHARS] if endpoint else ""


def _same(mine: Iterable[ContactMethod], config: dict[str, Any]) -> ContactMethod | None:
    wanted = config.get("endpoint")
    return next((m for m in mine if readable(m, "config", {}).get("endpoint") == wanted), None)


def _ended(mine: Iterable[ContactMethod], config: dict[str, Any]) -> ContactMethod | None:
    """A method that takes no pushes any more, of a device that is called the same."""
    ended = (method for method in mine if method.fault)
    name = config.get("device")
    return next((m for m in ended if readable(m, "config", {}).get("device") == name), None)


def _signer() -> signing.Signer:
    return signing.Signer(sep=".", salt="notifications.devices")
