"""What callbacks of providers bring about: receipts are noted, replies act, requests follow.

A thread of the web waits for nobody else: a request to the provider is a row (``FollowUp``), which
a worker takes at once, and the sweep hands over again where that failed.
"""

import logging
from datetime import datetime, timedelta

from django.db import OperationalError, connection, transaction
from django.db.models import F
from django.utils import timezone
from django_q.tasks import async_task
from psycopg.errors import LockNotAvailable

from notifications.actions import receipts, replies
from notifications.callback_requests import NONSENSE
from notifications.errors import CallbackRefused
from notifications.models import FollowUp
from notifications.page import MAX_ATTEMPTS, back_off
from notifications.provider_accounts import ProviderAccount, account_by_token
from notifications.receipts import Heard, Reply
from opsportal.lib.languages import written_in
from opsportal.lib.net.errors import DeliveryError
from opsportal.lib.signatures.errors import CannotVerify
from opsportal.lib.task_queues import SENDERS

logger = logging.getLogger(__name__)
TELL = "notifications.tasks.tell"
ANSWER = "notifications.tasks.answer"
FOLLOW_UP = "notifications.tasks.follow_up"
LEASE = timedelta(seconds=30)
MAX_HANDED_OVER = 50


def take(account: ProviderAccount, heard: Heard) -> list[str | None]:
    """Do what a callback says. Returns what came of each of its replies that the answer to the
    callback tells: '' where nothing is said, None where it is told later."""
    for receipt in heard.receipts:
        receipts.note(account.key, receipt)
    if heard.follow_up:
        _hand_over(FollowUp.objects.create(token=account.token, what=heard.follow_up).pk)
    said = [(reply, _answer(account, reply)) for reply in heard.replies]
    return [text for reply, text in said if not account.provider.tells_of(reply)]


def _answer(account: ProviderAccount, reply: Reply) -> str | None:
    """Do what a reply asks for; None where that takes longer than its provider waits: then a
    worker does it."""
    by_message = account.provider.answers_by_message
    try:
        with transaction.atomic():
            _wait_at_most(account.provider.patience_s)
            text = replies.answer(account.channel, account.key, reply, by_message=by_message)
    except OperationalError as error:
        if account.provider.patience_s is None or not isinstance(error.__cause__, LockNotAvailable):
            raise
        async_task(ANSWER, account.token, reply, cluster=SENDERS)
        return None
    if account.provider.tells_of(reply):
        async_task(TELL, account.token, reply, text, cluster=SENDERS)
    return text


def _wait_at_most(seconds: float | None) -> None:
    """So long a statement of this transaction waits for a lock."""
    if seconds is not None:
        with connection.cursor() as cursor:
            timeout = f"{seconds * 1000:.0f}ms"
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [timeout])


def answer_late(token: str, reply: Reply) -> None:
    """Do what a reply asks for that had to wait, and tell what came of it."""
    account = account_by_token(token)
    if account is not None:
        text = replies.answer(account.channel, account.key, reply)
        tell(token, reply, text)


def tell(token: str, reply: Reply, text: str) -> None:
    """Tell whoever answered, by the account of this token, what came of it.

    A failure is only logged: what was done stays done.
    """
    account = account_by_token(token)
    if account is not None:
        try:
            with written_in(""):
                account.provider.tell(account.config, reply, text)
        except DeliveryError as error:
            logger.warning("A reply by %s was not answered: %s", account.name, error)


def hand_over_due(now: datetime) -> None:
    """What failed and is to be tried again, and what a worker died over."""
    due = FollowUp.objects.filter(due_at__lte=now).order_by("due_at")
    for pk in due.values_list("pk", flat=True)[:MAX_HANDED_OVER]:
        _hand_over(pk)


def _hand_over(pk: int) -> None:
    async_task(FOLLOW_UP, pk, cluster=SENDERS)


def run_follow_up(pk: int) -> None:
    """Make one request, and do what its answer says; later where its provider fails."""
    now = timezone.now()
    mine = FollowUp.objects.filter(pk=pk, due_at__lte=now)
    if not mine.update(due_at=now + LEASE, tries=F("tries") + 1):
        return
    row = FollowUp.objects.get(pk=pk)
    account = account_by_token(row.token)
    if account is not None and _is_to_be_tried_again(row, account):
        later = timezone.now() + back_off(row.tries)
        FollowUp.objects.filter(pk=pk).update(due_at=later)
        return
    row.delete()


def _is_to_be_tried_again(row: FollowUp, account: ProviderAccount) -> bool:
    """Whether the request failed, and another one may not."""
    try:
        take(account, account.provider.follow_up(account.config, row.what))
    except CallbackRefused as refusal:
        logger.warning("A callback of %s is not believed: %s", account.name, refusal)
    except (DeliveryError, CannotVerify) as error:
        logger.warning("%s could not be asked about a callback: %s", account.name, error)
        is_final = isinstance(error, DeliveryError) and error.permanent
        return not is_final and row.tries < MAX_ATTEMPTS
    except NONSENSE:
        logger.exception("A callback of %s cannot be followed up", account.name)
    return False
