"""What a provider's request, or a frame of its socket, said is done; and how it is answered."""

import json

from notifications import chat_requests
from notifications.actions import callbacks
from notifications.provider_accounts import ProviderAccount
from notifications.receipts import Heard

JSON = "application/json"


def act_on(account: ProviderAccount, heard: Heard) -> tuple[str, str]:
    """The body and the content type of the answer.

    A receipt is stored before it is answered. Nobody else is waited for, but where a person has
    pressed something that opens a dialog.
    """
    texts = callbacks.take(account, heard)
    if None in texts:
        return account.provider.answer_later()
    if texts:
        return account.provider.answer([text for text in texts if text])
    if heard.request is not None:
        found = chat_requests.answer(account, heard.request)
        return (json.dumps(found), JSON) if found else ("", heard.content_type)
    return heard.body, heard.content_type
