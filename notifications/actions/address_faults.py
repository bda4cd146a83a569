"""Addresses of which a provider says that nothing reaches them: they have to be proved anew."""

from django.utils import timezone

from notifications.actions.notices import notify
from notifications.channels import all_channels
from notifications.models import Attempt, ContactMethod, Notification
from notifications.page import Notice


def note_address_fault(attempt: Attempt, reason: str) -> None:
    """Take the proof from the contact method of an attempt, and tell its person by the others.

    Not where its address was changed, or proved anew, since the message was sent: so what is said
    twice, or is played again later, changes nothing. Runs in the caller's transaction.
    """
    row = attempt.notification
    locked = ContactMethod.objects.select_for_update(no_key=True)
    method = locked.filter(pk=row.contact_method_id or 0).first()
    if method is None or method.fault or method.address != row.address:
        return
    if method.verified_at and method.verified_at > attempt.started_at:
        return
    was_used, now = method.is_verified, timezone.now()
    method.verified_at, method.proven_at = None, None
    method.fault, method.fault_at = reason[:200], now
    method.save(update_fields=["verified_at", "proven_at", "fault", "fault_at"])
    if was_used:
        notice = Notice(
            f"{method} does not receive pages any more",
            f"{method.address} is not used until it is proved again: {reason}. {_mend(method)}",
            "/me/",
        )
        notify([method.user_id], notice, key=f"fault:{method.pk}:{row.pk}", now=now)


def note_gone(row: Notification, reason: str) -> None:
    """The same where the last attempt was refused, because the address is gone for good."""
    attempts = Attempt.objects.select_related("notification").filter(notification=row)
    attempt = attempts.filter(number=row.attempts_made).first()
    if attempt is not None and all_channels()[row.channel].ends_when_gone:
        note_address_fault(attempt, reason)


def _mend(method: ContactMethod) -> str:
    if all_channels()[method.channel].ends_when_gone:
        return "Open this page on the device, and choose “Use this device” there."
    return "Correct the address, or have a code sent to it."
