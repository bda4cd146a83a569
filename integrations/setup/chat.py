"""Which person a user of a chat acts as."""

from incidents.errors import InvalidRequest
from incidents.models import User
from integrations.chat.account_link import Claim
from integrations.models import ChatIdentity


def link_chat_user(user: User, claim: Claim) -> ChatIdentity:
    """From now on this user of a chat acts as this person. Doing it twice changes nothing.

    Raises InvalidRequest where it acts as somebody else already.
    """
    row, _ = ChatIdentity.objects.get_or_create(
        provider=claim.provider,
        workspace=claim.workspace,
        chat_user=claim.chat_user,
        defaults={"user": user, "name": claim.name},
    )
    if row.user_id != user.pk:
        raise InvalidRequest(
            f"chat_user: {row} is linked to somebody else already. They or an administrator "
            "can remove that link."
        )
    return row


def unlink_chat_user(identity_id: int) -> None:
    """It acts as nobody from now on."""
    ChatIdentity.objects.filter(pk=identity_id).delete()
