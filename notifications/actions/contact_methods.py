"""Contact methods: added, proved by a code, tested through the real path."""

import hashlib
import secrets
import uuid
from collections.abc import Collection
from datetime import datetime, timedelta
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

ASKED_FOR = "somebody asked for a test"
CODE_TTL = timedelta(minutes=15)
MAX_TRIES = 5
MIN_CODE_INTERVAL = timedelta(seconds=30)
MAX_ASKED_FOR = 20  # codes and tests to a person by one channel within an hour


def add_contact_method(
    user: User,
    channel: str,
    config: dict[str, Any],
    *,
    label: str = "",
    is_verified: bool = False,
    position: int | None = None,
) -> ContactMethod:
    """A new address of a person, after those they have, unless a position is named. Unless an
    admin vouches for it, it is used once it is proved."""
    proved = is_verified or not all_channels()[channel].needs_verification
    return ContactMethod.objects.create(
        user=user,
        channel=channel,
        config=checked(channel, config),
        label=label,
        position=user.contact_methods.count() if position is None else position,
        verified_at=timezone.now() if proved else None,
    )


@transaction.atomic
def add_proved_address(user_id: int, channel: str, address: str) -> ContactMethod | None:
    """An address that has proved to be a person's: the one that they have, or a new one. None
    for somebody who is not active any more."""
    locked = User.objects.select_for_update(no_key=True)
    user = locked.filter(pk=user_id, is_active=True).first()
    if user is None:
        return None
    field = all_channels()[channel].address_field
    mine = user.contact_methods.filter(channel=channel)
    same = (one for one in mine if one.config.get(field) == address)
    method: ContactMethod | None = next(same, None)
    if method is None:
        return add_contact_method(user, channel, {field: address}, is_verified=True)
    if not method.is_verified:
        method.verified_at, method.code_digest = timezone.now(), ""
        method.save(update_fields=["verified_at", "code_digest"])
    return method


@transaction.atomic
def add_login_address(user_id: int) -> ContactMethod | None:
    """The e-mail address of the login as a contact method, for a person who has none that works.

    Whoever may log in with an address has proved it or was vouched for. None where it is there
    already: it was switched off, and that is obeyed.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=user_id)
    if _has_login_address(user):
        return None
    return ContactMethod.objects.create(
        user=user,
        channel="email",
        config={"address": user.email},
        label="Login",
        position=user.contact_methods.count(),
        verified_at=timezone.now(),
    )


def without_login_address(user_ids: Collection[int]) -> set[int]:
    """Those of these people, who have no address that works, who would get that of their login."""
    if not user_ids:
        return set()
    rows = User.objects.filter(pk__in=user_ids).prefetch_related("contact_methods")
    return {user.pk for user in rows if not _has_login_address(user)}


def _has_login_address(user: User) -> bool:
    return any(
        method.channel == "email" and method.address.lower() == user.email.lower()
        for method in user.contact_methods.all()
    )


@transaction.atomic
def send_code(method_id: int) -> Notification:
    """Send a fresh code of six digits to the address.

    Raises InvalidRequest within 30 s, and after 20 codes and tests in an hour.
    """
    method = ContactMethod.objects.select_for_update(no_key=True).get(pk=method_id)
    now = timezone.now()
    if method.code_sent_at and method.code_sent_at > now - MIN_CODE_INTERVAL:
        raise InvalidRequest("A code was sent just now. Wait half a minute for another.")
    _refuse_too_many(method, now)
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
            method.verified_at, method.proven_at, method.code_digest = now, now, ""
            method.fault, method.fault_at = "", None
            proof = ("verified_at", "proven_at", "code_digest")
            method.save(update_fields=[*proof, "fault", "fault_at"])
            return method
        method.code_tries += 1
        method.save(update_fields=["code_tries"])
    raise InvalidRequest("code: that is not the code that was sent.")


@transaction.atomic
def confirm_by_tap(method_id: int, sent_at: datetime) -> None:
    """Verify the device on which somebody tapped the message that was sent then.

    Does nothing for a message that was not the last one that asks for it, or is 15 minutes old.
    """
    now = timezone.now()
    method = ContactMethod.objects.select_for_update(no_key=True).filter(pk=method_id).first()
    if method and method.code_sent_at and now - CODE_TTL < method.code_sent_at <= sent_at:
        method.verified_at, method.code_digest = method.verified_at or now, ""
        method.proven_at = now
        method.fault, method.fault_at = "", None
        proof = ("verified_at", "proven_at", "code_digest")
        method.save(update_fields=[*proof, "fault", "fault_at"])


@transaction.atomic
def send_test(
    *,
    method_id: int | None = None,
    shared_channel_id: int | None = None,
    reason: str = ASKED_FOR,
) -> Notification:
    """A test message by the path that real pages take: row, worker, channel, record. To a person
    it comes with a link that says that it was read.

    Raises InvalidRequest after 20 codes and tests to a person by one channel in an hour.
    """
    if not method_id:
        shared = SharedChannel.objects.get(pk=shared_channel_id or 0)
        return _send(shared, NotificationEvent.TEST, reason)
    method = ContactMethod.objects.get(pk=method_id)
    _refuse_too_many(method, timezone.now())
    return _send(method, NotificationEvent.TEST, reason)


def send_notice(place: ContactMethod | SharedChannel, sentence: str) -> Notification:
    """A sentence to this very address, such as what came of an answer that came from it."""
    notice = {"title": sentence, "text": "", "url": ""}
    return _send(place, NotificationEvent.NOTICE, "", facts={"notice": notice})


def _refuse_too_many(method: ContactMethod, now: datetime) -> None:
    """What people may send to any number that they enter costs money, and rings somewhere."""
    asked_for = Notification.objects.filter(
        user=method.user_id,
        channel=method.channel,
        event__in=(NotificationEvent.TEST, NotificationEvent.VERIFICATION),
        created_at__gt=now - timedelta(hours=1),
    )
    if asked_for.count() >= MAX_ASKED_FOR:
        label = all_channels()[method.channel].label
        raise InvalidRequest(f"{MAX_ASKED_FOR} codes and tests by {label} are enough for an hour.")


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
