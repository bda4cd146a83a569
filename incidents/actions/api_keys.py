"""API keys: made, used, revoked."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from incidents.errors import InvalidRequest
from incidents.models import ApiKey, User

SCOPES = {
    "events:write": "send events of services (POST /api/events)",
    "incidents:read": "read incidents",
    "incidents:write": "acknowledge, assign, snooze, escalate and resolve incidents",
    "config:read": "read services, integrations, policies, teams and people",
    "config:write": "change services, integrations, policies, teams and people",
    "schedules:read": "read schedules, and who is on call",
    "schedules:write": "change schedules, overrides and who is out of office",
    "overrides:write": "take shifts, cover and say who is out of office, without schedules:write",
    "oncall:read": "read who is on call, their addresses and telephone numbers",
    "messages:read": "read the inbound log",
}
LAST_USED_PRECISION = timedelta(minutes=1)


def digest_of(key: str) -> str:
    """A random key of 256 bits needs no slow hash: nobody can guess it."""
    return hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()


def create_key(
    user: User, name: str, scopes: Sequence[str], *, expires_at: datetime | None = None
) -> tuple[ApiKey, str]:
    """A new key for ``user``, and its text, which is known only now.

    Raises InvalidRequest for no scope, or one that is unknown.
    """
    if unknown := sorted(set(scopes) - SCOPES.keys()):
        raise InvalidRequest(f"scopes: {', '.join(unknown)} is none of {', '.join(SCOPES)}.")
    if not scopes:
        raise InvalidRequest(f"scopes: name at least one of {', '.join(SCOPES)}.")
    text = f"sk_live_{secrets.token_urlsafe(32)}"
    key = ApiKey.objects.create(
        user=user,
        name=name,
        prefix=text[:14],
        digest=digest_of(text),
        scopes=sorted(set(scopes)),
        expires_at=expires_at,
    )
    return key, text


@transaction.atomic
def rotate_key(
    key_id: int, *, overlap: timedelta, expires_at: datetime | None = None
) -> tuple[ApiKey, str]:
    """A new key in place of this one, with its name, scopes and end, or an earlier one. The old one
    is valid for ``overlap``, at most until its end; without it it opens nothing from now on.

    Raises InvalidRequest for a key that opens nothing any more.
    """
    now = timezone.now()
    usable = ApiKey.objects.usable(now).select_for_update(of=("self",)).select_related("user")
    old = usable.filter(pk=key_id).first()
    if old is None:
        raise InvalidRequest("This key opens nothing any more: make another one.")
    ends = min((end for end in (old.expires_at, expires_at) if end), default=None)
    made = create_key(old.user, old.name, old.scopes, expires_at=ends)
    if overlap > timedelta():
        until = now + overlap
        old.expires_at = min(until, old.expires_at) if old.expires_at else until
        old.save(update_fields=["expires_at"])
    else:
        revoke_key(old.pk)
    return made


def use_key(text: str) -> ApiKey | None:
    """The usable key with this text, noted as used at most once a minute; None for any other."""
    now = timezone.now()
    key = ApiKey.objects.usable(now).select_related("user").filter(digest=digest_of(text)).first()
    if key and (key.last_used_at is None or key.last_used_at < now - LAST_USED_PRECISION):
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
    return key


def revoke_keys_of(user: User) -> None:
    """From now on no key of this person opens anything."""
    ApiKey.objects.filter(user=user, revoked_at=None).update(revoked_at=timezone.now())


def revoke_key(key_id: int) -> None:
    """From now on the key opens nothing. Doing it twice changes nothing."""
    ApiKey.objects.filter(pk=key_id, revoked_at=None).update(revoked_at=timezone.now())
