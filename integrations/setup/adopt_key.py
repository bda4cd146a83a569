"""Adopt the key of another pager, so that the address in the tools stays."""

import re

from django.utils import timezone

from incidents.errors import InvalidRequest
from integrations.models import Integration, RetiredKey, digest_of
from integrations.setup.integrations import change

TOKEN = re.compile(r"[A-Za-z0-9._~-]{8,128}")


def adopt_token(integration_id: int, token: str) -> Integration:
    """Take a key that another pager gave out: its old address opens this integration from now on.

    Raises InvalidRequest for what cannot stand in an address, and for a key that is in use here.
    """
    check_token(token, besides=integration_id)
    return change(integration_id, token=token)


def check_token(token: str, *, besides: int | None = None) -> None:
    """Raises InvalidRequest where this text cannot be the key of an integration."""
    if not TOKEN.fullmatch(token):
        raise InvalidRequest(
            "token: write 8 to 128 characters that can stand in an address: "
            "letters, digits and . _ ~ -"
        )
    taken = Integration.objects.filter(token_digest=digest_of(token))
    retired = RetiredKey.objects.valid(timezone.now()).filter(digest=digest_of(token))
    owners = [*taken.values_list("pk", flat=True), *retired.values_list("integration", flat=True)]
    if any(pk != besides for pk in owners):
        raise InvalidRequest("token: another integration has this key already.")
