"""Contact methods: added, proved by a code, tested through the real path."""

import hashlib
import secrets
import uuid
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from incidents.errors import InvalidRequest
from incidents.models import User
from notifications.actions.enqueue import enqueue
from notifications.channel_config import checked
from notifications.channels import all_channels
from notifications.choices import NotificationEvent
from notifications.models import ContactMethod, Notification, SharedChannel
from notifications.page import PICKUP_TIMEOUT
from opsportal.lib.encryption import encrypt

CODE_TTL = timedelta(minutes=15)
MAX_TRIES = 5
MIN_CODE_INTERVAL = timedelta(seconds=30)


@transaction.atomic
def add_contact_method(
    user: User, channel: str, config: dict[str, Any], *, label: str = "", is_verified: bool = False
) -> ContactMethod:
    """A new address of a person. Unless an admin vouches for it, it is used once it is proved."""
    proved = is_verified or not all_channels()[channel].needs_verification
    return ContactMethod.objects.create(
        user=user,
        channel=channel,
        config=checked(channel, config),
        label=label,
        position=user.contact_methods.count(),
        verified_at=timezone.now() if proved else None,
    )


@transaction.atomic
def add_login_address(user_id: int) -> ContactMethod | None:
    """The e-mail address of the login as a contact method, for a person who has none that works.

    Whoever may log in with an address has proved it or was vouched for. None where it is there
    already: it was switched off, and that is obeyed.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=user_id)
    for method in user.contact_methods.all():
        if method.channel == "email" and method.address.lower() == user.email.lower():
            return None
    return ContactMethod.objects.create(
        user=user,
        channel="email",
        config={"address": user.email},
        label="Login",
        position=user.contact_methods.count(),
        verified_at=timezone.now(),
    )


@transaction.atomic
def send_code(method_id: int) -> Notification:
    """Send a fresh code of six digits to the address. Raises InvalidRequest within 30 s."""
    method = ContactMethod.objects.select_for_update(no_key=True).get(pk=method_id)
    now = timezone.now()
    if method.code_sent_at and method.code_sent_at > now - MIN_CODE_INTERVAL:
        raise InvalidRequest("A code was sent just now. Wait half a minute for another.")
    code = f"{secrets.randbelow(10**6):06}"
    method.code_sent_at, method.code_tries = now, 0
    method.code_digest = _digest(method, code)
    method.save(update_fields=["code_digest", "code_sent_at", "code_tries"])
    reason = "somebody added this address to their account"
    return _send(method, NotificationEvent.VERIFICATION, reason, facts={"code": encrypt(code)})


def confirm(method_id: int, code: str) -> ContactMethod:
    """Verify the address by its code, which lives 15 minutes and five tries.

    Raises InvalidRequest for a wrong code and for one that has expired.
    """
    with transaction.atomic():
        method = ContactMethod.objects.select_for_update(no_key=True).get(pk=method_id)
        if method.is_verified:
            return method
        now = timezone.now()
        alive = method.code_sent_at and method.code_sent_at > now - CODE_TTL
        if not alive or method.code_tries >= MAX_TRIES:
            raise InvalidRequest("code: it has expired. Ask for a new one.")
        if constant_time_compare(method.code_digest, _digest(method, code.strip())):
            method.verified_at, method.code_digest = now, ""
            method.save(update_fields=["verified_at", "code_digest"])
            return method
        method.code_tries += 1
        method.save(update_fields=["code_tries"])
    raise InvalidRequest("code: that is not the code that was sent.")


@transaction.atomic
def send_test(
    *, method_id: int | None = None, shared_channel_id: int | None = None
) -> Notification:
    """A test message by the path that real pages take: row, worker, channel, record."""
    if method_id:
        place: ContactMethod | SharedChannel = ContactMethod.objects.get(pk=method_id)
    else:
        place = SharedChannel.objects.get(pk=shared_channel_id or 0)
    return _send(place, NotificationEvent.TEST, "somebody asked for a test")


def _digest(method: ContactMethod, code: str) -> str:
    return hashlib.sha256(f"{method.pk}:{method.code_sent_at}:{code}".encode()).hexdigest()


def _send(
    place: ContactMethod | SharedChannel,
    event: NotificationEvent,
    reason: str,
    *,
    facts: dict[str, Any] | None = None,
) -> Notification:
    now = timezone.now()
    method = place if isinstance(place, ContactMethod) else None
    row = Notification.objects.create(
        event=event,
        user=method.user if method else None,
        contact_method=method,
        shared_channel=place if isinstance(place, SharedChannel) else None,
        channel=place.channel,
        address=place.address,
        reason=reason,
        page_key=f"{event}:{uuid.uuid4()}",
        address_key="",
        urgent=False,
        facts=facts or {},
        created_at=now,
        due_at=now,
        next_attempt_at=now + PICKUP_TIMEOUT,
    )
    enqueue([row])
    return row
