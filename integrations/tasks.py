"""Tasks that django-q's workers run for integrations."""

import logging
from functools import partial
from typing import Any

from integrations.chat import reply
from integrations.forwarding import send
from integrations.inbound import sns_subscription
from integrations.setup.imports import invitations, runs
from notifications import send_threads

logger = logging.getLogger(__name__)


def confirm_subscription(message_id: int) -> None:
    """Tell a topic of Amazon SNS that it may send here."""
    sns_subscription.confirm_subscription(message_id)


def reply_to_chat(address: str, body: dict[str, Any]) -> None:
    """Answer a shortcut, which shows nothing of the response."""
    send_threads.call(partial(reply.post, address, body))


def forward(forward_id: int, attempts: int) -> None:
    """Send a message to the old pager, and those behind it; one that hangs holds up no worker."""
    send_threads.call(partial(send.forward, forward_id, attempts))


def read_import(run_id: int) -> None:
    """Read another pager's REST API, which may take minutes."""
    send_threads.call(partial(runs.finish_reading, run_id))


def apply_import(run_id: int, by_id: int) -> None:
    """Apply an import for a while; the rest is left to the next task."""
    runs.go_on_applying(run_id, by_id)


def invite_imported(person_id: int, by_id: int) -> None:
    """Mail somebody whom an import added a link to set a password."""
    if problem := invitations.invite(person_id, by_id):
        logger.warning("%s", problem)
