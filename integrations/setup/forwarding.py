"""Forward what an integration takes to the pager that was used before, until a date."""

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from incidents.errors import InvalidRequest
from integrations.forwarding import lane
from integrations.models import Forward, Integration
from integrations.setup.integrations import change
from notifications.channels._base import WebAddressField
from opsportal.lib.encryption import kept_value

LONGEST = timedelta(days=366)
MAX_ADDRESS_CHARS = 2000
MAX_KEY_CHARS = 500
STOPPED = "Forwarding was ended before it was sent."


@transaction.atomic
def change_forwarding(
    integration_id: int,
    *,
    address: str | None = None,
    key: str | None = None,
    until: datetime | None = None,
) -> Integration:
    """Forward from now on, or change how; what is None stays. '' as ``key`` sends the key as it
    came. Raises InvalidRequest, with the field, for what cannot work."""
    row = Integration.objects.select_for_update(no_key=True).get(pk=integration_id)
    _check_kind(row)
    if not address and not kept_value(row, "forward_address"):
        raise InvalidRequest("forward_address: write the address of the old pager.")
    until = until or row.forward_until
    now = timezone.now()
    if until is None or not now < until <= now + LONGEST:
        raise InvalidRequest("forward_until: choose a time within the next 366 days.")
    is_on = row.forward_until is not None and row.forward_until > now
    return change(
        integration_id,
        forward_address=_valid_address(address) if address else kept_value(row, "forward_address"),
        forward_key=kept_value(row, "forward_key") if key is None else _valid_key(key),
        forward_since=row.forward_since if is_on else now,
        forward_until=until,
    )


@transaction.atomic
def stop_forwarding(integration_id: int) -> Integration:
    """Forward nothing more, and forget address and key. What waits is given up."""
    row = change(
        integration_id,
        forward_address="",
        forward_key="",
        forward_since=None,
        forward_until=None,
    )
    lane.end(Forward.objects.open().filter(integration=row), STOPPED, timezone.now())
    return row


def _check_kind(row: Integration) -> None:
    if row.kind != Integration.Kind.API:
        raise InvalidRequest("forward_address: only what tools post to an API is forwarded.")


def _valid_address(address: str) -> str:
    """Raises InvalidRequest for what is no address of another server."""
    try:
        address = WebAddressField(max_length=MAX_ADDRESS_CHARS).clean(address.strip())
    except ValidationError as error:
        raise InvalidRequest(f"forward_address: {error.messages[0]}") from error
    if urlsplit(address).netloc.rpartition("@")[2] == urlsplit(settings.SITE_URL).netloc:
        raise InvalidRequest("forward_address: this is the address of this portal.")
    return address


def _valid_key(key: str) -> str:
    key = key.strip()
    if len(key) > MAX_KEY_CHARS or not key.isprintable() or " " in key:
        raise InvalidRequest(
            f"forward_key: one word of at most {MAX_KEY_CHARS} characters, without spaces."
        )
    return key
