"""What a provider's request, or a frame of its socket, said is done; and how it is answered."""

import json

from django_q.tasks import async_task

from notifications import chat_requests
from notifications.actions import receipts, replies
from notifications.provider_accounts import ProviderAccount
from notifications.receipts import Heard, Reply
from opsportal.lib.task_queues import SENDERS

TELL = "notifications.tasks.tell"
JSON = "application/json"


def act_on(account: ProviderAccount, heard: Heard) -> tuple[str, str]:
    """The body and the content type of the answer.

    A receipt is stored before it is answered. Nobody else is waited for, but where a person has
    pressed something that opens a dialog.
    """
    for receipt in heard.receipts:
        receipts.note(account.key, receipt)
    said = [_answer(account, reply) for reply in heard.replies]
    if heard.replies:
        return account.provider.answer([text for text in said if text])
    if heard.request is not None:
        found = chat_requests.answer(account, heard.request)
        return (json.dumps(found), JSON) if found else ("", heard.content_type)
    return heard.body, heard.content_type


def _answer(account: ProviderAccount, reply: Reply) -> str:
    """Do what a reply asks for, and have its sender told by a worker where the provider is asked
    for that: a callback waits for nobody else."""
    by_message = account.provider.answers_by_message
    text = replies.answer(account.channel, account.key, reply, by_message=by_message)
    if account.provider.tells:
        async_task(TELL, account.token, reply, text, cluster=SENDERS)
    return text
