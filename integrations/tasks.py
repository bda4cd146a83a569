"""What django-q's workers run for the ways in."""

from typing import Any

from integrations import verbs
from integrations.chat import replying


def confirm_subscription(message_id: int) -> None:
    """Tell a topic of Amazon SNS that it may send here."""
    verbs.confirm_subscription(message_id)


def reply_to_chat(address: str, body: dict[str, Any]) -> None:
    """Answer a shortcut, which shows nothing of the response."""
    replying.post(address, body)
