"""Tasks that django-q's workers run for integrations."""

from functools import partial
from typing import Any

from integrations.chat import reply
from integrations.inbound import sns_subscription
from notifications import send_threads


def confirm_subscription(message_id: int) -> None:
    """Tell a topic of Amazon SNS that it may send here."""
    sns_subscription.confirm_subscription(message_id)


def reply_to_chat(address: str, body: dict[str, Any]) -> None:
    """Answer a shortcut, which shows nothing of the response."""
    send_threads.call(partial(reply.post, address, body))
