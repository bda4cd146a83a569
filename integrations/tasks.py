"""Tasks that django-q's workers run for integrations."""

from typing import Any

from integrations.chat import reply
from integrations.inbound import sns_subscription


def confirm_subscription(message_id: int) -> None:
    """Tell a topic of Amazon SNS that it may send here."""
    sns_subscription.confirm_subscription(message_id)


def reply_to_chat(address: str, body: dict[str, Any]) -> None:
    """Answer a shortcut, which shows nothing of the response."""
    reply.post(address, body)
