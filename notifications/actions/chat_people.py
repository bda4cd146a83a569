"""Who asks for something in a chat: the person whose verified address it comes from."""

from collections.abc import Callable

from django.db import transaction

from incidents.models import User
from notifications.actions.replies import received, senders
from notifications.channels import all_channels
from notifications.receipts import Reply

SEVERAL = "Several people of OpsPortal have this account, so nothing is done."


def person_of(channel: str, address: str) -> User | None:
    """The one active person whose verified address this is; None where it is nobody's."""
    people = {method.user_id: method.user for method in senders(channel, address)}
    return next(iter(people.values())) if len(people) == 1 else None


def why_nobody(channel: str, address: str) -> str:
    """What is said to whoever ``person_of`` does not know, in the words of the channel."""
    return SEVERAL if senders(channel, address) else all_channels()[channel].stranger_text(address)


@transaction.atomic
def once(channel: str, account: str, reply: Reply, person: User, act: Callable[[], str]) -> str:
    """What ``act`` says, which is called once for each event of the provider; what it raises
    undoes that."""
    row, is_new = received(channel, account, reply)
    if is_new:
        row.user, row.result = person, act()[:1000]
        row.save(update_fields=["user", "result"])
    return row.result
