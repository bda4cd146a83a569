"""Send what waits for an old pager, and keep what it answers. Runs in a worker."""

import time
from collections.abc import Sequence

from django.conf import settings
from django.utils import timezone

from integrations.forwarding import lane
from integrations.forwarding.answers import is_final, read_answer
from integrations.forwarding.outgoing import Outgoing, marked, url_of, with_key
from integrations.inbound.redaction import redact_text, secrets_of
from integrations.models import Forward, Integration
from opsportal.lib.encryption import SecretUnreadable
from opsportal.lib.net import http
from opsportal.lib.net.errors import DeliveryError
from opsportal.lib.text import clean

TIMEOUT_S = 10.0
BUDGET_S = 20.0  # of one task
MAX_ANSWER_CHARS = 500


def forward(forward_id: int, attempts: int) -> None:
    """Send a claimed message, and those behind it for a while; then others have their turn."""
    until_s = time.monotonic() + BUDGET_S
    row = lane.begin(forward_id, attempts, timezone.now())
    while row is not None:
        _send(row)
        if time.monotonic() > until_s:
            return
        following = lane.claim_next(row.integration_id, timezone.now())
        row = lane.begin(following.pk, following.attempts, timezone.now()) if following else None


def outgoing(row: Forward) -> Outgoing:
    """What is sent of a message now, by the settings of its integration. Raises
    SecretUnreadable."""
    integration, request = row.integration, row.request
    url = url_of(integration.forward_address, request["target"])
    body = bytes(row.body)
    found = Outgoing(row.method, url, request["headers"], body)
    ours, theirs = _keys_of(integration), integration.forward_key
    return with_key(found, ours, theirs, settings.INBOUND_MAX_BYTES)


def _keys_of(integration: Integration) -> Sequence[str]:
    """The key by which it is known here, and those before it that are still valid."""
    retired = integration.retired_keys.valid(timezone.now()).filter(kind="token")
    return [integration.token, *(key.secret for key in retired)]


def _send(row: Forward) -> None:
    """One try; its outcome is written to the row."""
    try:
        out = outgoing(row)
        response = http.send(
            out.method, out.url, data=out.body, headers=marked(out.headers), timeout=TIMEOUT_S
        )
    except SecretUnreadable as error:
        lane.put_back(row, str(error), timezone.now())
        return
    except DeliveryError as error:
        _note_failure(row, error)
        return
    status, now = response.status_code, timezone.now()
    if not is_final(status) and row.attempts < lane.MAX_ATTEMPTS:
        asked_s = http.retry_after_s(response.headers.get("Retry-After", ""))
        lane.put_back(row, f"The old pager answered {status}.", now, asked_s)
        return
    answer = read_answer(status, response.content)
    text = clean(response.content.decode(errors="replace"))
    text = redact_text(text, secrets_of(row.integration))[:MAX_ANSWER_CHARS]
    lane.finish(
        row, now, status=status, is_taken=answer.is_taken, answer=text, answer_key=answer.key
    )


def _note_failure(row: Forward, error: DeliveryError) -> None:
    now = timezone.now()
    if error.permanent:
        lane.give_up(row, str(error), now)
    else:
        lane.put_back(row, str(error), now, error.retry_after)
