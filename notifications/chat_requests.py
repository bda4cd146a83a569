"""Who answers what people ask the app of a chat for: upper apps, which know how."""

from collections.abc import Callable, Mapping
from typing import Any

from notifications.provider_accounts import ProviderAccount
from notifications.receipts import ChatRequest

# What the chat is answered, as JSON; {}: nothing.
Handler = Callable[[ProviderAccount, ChatRequest], Mapping[str, Any]]
HANDLERS: dict[str, Handler] = {}  # by channel


def answer(account: ProviderAccount, request: ChatRequest) -> Mapping[str, Any]:
    """Do what is asked for; what the chat is answered."""
    handler = HANDLERS.get(account.channel)
    return handler(account, request) if handler else {}
