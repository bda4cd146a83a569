"""Signed messages and when they came, for tests of replays."""

import json
import time
from datetime import timedelta

from integrations.models import InboundMessage
from tests.factories import make_integration
from tests.integrations.posting import FAILURE, RECOVERY, post, work
from tests.integrations.signing import SENDERS, secret_for


def make(provider="generic", template="odown", **fields):
    return make_integration(
        template=template,
        signature_provider=provider,
        signature_secret=secret_for(provider),
        **fields,
    )


def send(client, integration, body, provider="generic", at=None):
    content = json.dumps(body).encode()
    headers = SENDERS[provider](secret_for(provider), content, int(at or time.time()))
    answer = post(client, integration, content, headers=headers)
    assert answer.status_code == 202, answer.content
    return answer


def episode(client, integration, **options):
    for body in (FAILURE, RECOVERY):
        send(client, integration, body, **options)
        work()


def later(hours):
    """As if all that came had come so many hours before."""
    for row in InboundMessage.objects.all():
        row.received_at -= timedelta(hours=hours)
        row.save(update_fields=["received_at"])


def opening(number):
    return {**FAILURE, "started_at": f"2026-03-02T10:00:0{number}Z"}


def ending(number):
    return {**RECOVERY, "ended_at": f"2026-03-02T11:00:0{number}Z"}


def send_all(client, integration, *bodies, at_once=False, **options):
    for body in bodies:
        send(client, integration, body, **options)
        if not at_once:
            work()
    work()
