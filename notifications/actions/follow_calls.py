"""Calls that are followed while they go on: by a thread of the process that has placed them.

What is heard is done as what a callback says is. Where the process ends, the call falls silent
and nothing more is heard of it: then the person's next way is used, as after any silence.
"""

import logging
import threading

from django.db import connections as databases

from notifications.actions import receipts, replies
from notifications.provider_accounts import ProviderAccount
from notifications.receipts import Accepted, Heard
from opsportal.lib.net import http

logger = logging.getLogger(__name__)


def start(account: ProviderAccount | None, accepted: Accepted) -> None:
    """Follow what was accepted, where its provider wants that; nobody waits for it."""
    if account is not None and accepted.follow is not None:
        arguments = (account, accepted)
        threading.Thread(target=run, args=arguments, daemon=True, name="call").start()


def run(account: ProviderAccount, accepted: Accepted) -> None:
    """Follow it to its end. Never raises."""

    def hear(heard: Heard) -> list[str]:
        for receipt in heard.receipts:
            receipts.note(account.key, receipt)
        texts = [replies.answer(account.channel, account.key, one) for one in heard.replies]
        return [text for text in texts if text]

    try:
        if accepted.follow is not None:
            accepted.follow(hear)
    except Exception:
        logger.exception("A call by %s was not followed to its end", account.name)
    finally:
        http.close_connections()
        databases.close_all()
