"""New tokens and mailboxes; their predecessors stay valid for as long as is chosen."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from integrations.inbound.key_use import last_used
from integrations.models import Integration, RetiredKey, digest_of, mailbox_digest, make_token
from opsportal.lib.encryption import readable

MAX_OVERLAP = timedelta(days=90)
Kind = RetiredKey.Kind


@dataclass(frozen=True, slots=True)
class ShownKey:
    """A token or mailbox of an integration. ``valid_until`` is None for the present one."""

    hint: str
    last_used_at: datetime | None
    id: int | None = None
    kind: str = Kind.TOKEN
    retired_at: datetime | None = None
    valid_until: datetime | None = None


@transaction.atomic
def rotate_token(integration_id: int, *, overlap: timedelta = timedelta()) -> Integration:
    """A new URL and key for all integrations on the URL. The old ones are valid for ``overlap``,
    at most 90 days; without it they open nothing from now on."""
    locked = Integration.objects.select_for_update(no_key=True)
    digest = locked.get(pk=integration_id).token_digest
    token = make_token()
    for row in locked.filter(token_digest=digest).order_by("pk"):
        retire(row, Kind.TOKEN, row.token, overlap)
        row.token = token
        row.save(update_fields=["token"])
    return Integration.objects.get(pk=integration_id)


def retire(integration: Integration, kind: Kind, secret: str, overlap: timedelta) -> None:
    """Keep a replaced token or mailbox valid for a while; what expired before is deleted."""
    now = timezone.now()
    RetiredKey.objects.filter(integration=integration).exclude(valid_until__gt=now).delete()
    if overlap > timedelta():
        RetiredKey.objects.create(
            integration=integration,
            kind=kind,
            secret=secret,
            digest=digest_of(secret) if kind == Kind.TOKEN else mailbox_digest(secret),
            retired_at=now,
            valid_until=now + min(overlap, MAX_OVERLAP),
        )


@transaction.atomic
def end_key(integration_id: int, key_id: int) -> Integration:
    """A replaced key opens nothing from now on, also for those that share it. Doing it twice
    changes nothing."""
    integration = Integration.objects.select_for_update(no_key=True).get(pk=integration_id)
    key = RetiredKey.objects.filter(integration=integration, pk=key_id).first()
    if key is None:
        return integration
    same = RetiredKey.objects.filter(digest=key.digest)
    # What caches hold of them is stale from now on.
    Integration.objects.filter(pk__in=same.values("integration")).update(changed_at=timezone.now())
    same.delete()
    return integration


def keys_of(integration: Integration) -> list[ShownKey]:
    """The present token (and mailbox), and those that are still valid, the newest first."""
    retired = list(RetiredKey.objects.valid(timezone.now()).filter(integration=integration))
    box = mailbox_digest(integration.mailbox)
    used = last_used([integration.token_digest, box, *(row.digest for row in retired)])
    present = [
        ShownKey(f"{readable(integration, 'token', '')[:6]}…", used.get(integration.token_digest))
    ]
    if integration.mailbox:
        shown = ShownKey(integration.mailbox, used.get(box), kind=Kind.MAILBOX)
        present.append(shown)
    return present + [
        ShownKey(row.hint, used.get(row.digest), row.pk, row.kind, row.retired_at, row.valid_until)
        for row in retired
    ]
