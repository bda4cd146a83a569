"""What django-q's workers run."""

import logging
from functools import partial
from typing import Any

from notifications import send_threads
from notifications.actions import callbacks, message_updates, outbound_delivery
from notifications.actions import deliver as notification_deliver
from notifications.actions import withdraw as notification_withdraw
from notifications.provider_accounts import ProviderAccount, account_by_token
from notifications.providers import _slack
from notifications.receipts import Reply
from notifications.status_pages.actions import subscribe
from opsportal.lib.net.errors import DeliveryError

logger = logging.getLogger(__name__)


def deliver(items: list[tuple[int, int]]) -> None:
    """Send these notifications, each named with the count of attempts made so far."""
    notification_deliver.deliver(items)


def update_message(update_id: int) -> None:
    """Rewrite a message that does not show any more how its incidents are."""
    message_updates.run(update_id)


def tell(token: str, reply: Reply, text: str) -> None:
    """Tell whoever answered, by the account of this token, what came of it."""
    callbacks.tell(token, reply, text)


def answer(token: str, reply: Reply) -> None:
    """Do what a reply asks for, for which its callback could not wait."""
    callbacks.answer_late(token, reply)


def follow_up(pk: int) -> None:
    """Ask a provider what a callback of it meant."""
    callbacks.run_follow_up(pk)


def call_slack(token: str, method: str, body: dict[str, Any]) -> None:
    """Call a method of Slack's Web API by the account of this token, once.

    A failure is only logged: it was asked for to show something.
    """
    account = account_by_token(token)
    if account is not None:
        send_threads.call(partial(_call_slack, account, method, body))


def _call_slack(account: ProviderAccount, method: str, body: dict[str, Any]) -> None:
    try:
        _slack.call(account.config, method, body)
    except DeliveryError as error:
        logger.warning("%s by %s was refused: %s", method, account.name, error)


def withdraw(account: str, provider_id: str) -> None:
    """Stop a message of an account, named by its key, that rings until somebody answers."""
    notification_withdraw.withdraw(account, provider_id)


def send_outbound(service_id: int) -> None:
    """Send what waits for an outbound service, one after another."""
    outbound_delivery.run(service_id)


def confirm_status_webhook(subscriber_id: int) -> None:
    """Ask a server whether it wants the news of a status page."""
    subscribe.confirm_webhook(subscriber_id)
