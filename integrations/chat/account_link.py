"""Signed links by which a user of a chat links the account to a person here."""

from dataclasses import asdict, dataclass

from django.conf import settings
from django.core import signing
from django.urls import reverse

from integrations.chat.command import LABELS, ChatCommand
from opsportal.lib.text import clean

SALT = "chat-link"
LIFETIME_S = 15 * 60


class StaleLink(Exception):
    """The link has expired or is invalid; the text says how to get another."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A user of a chat who asks to be linked."""

    provider: str
    workspace: str
    chat_user: str
    name: str = ""
    place: str = ""  # how people call the workspace

    @property
    def label(self) -> str:
        return LABELS[self.provider]


def claim_of(command: ChatCommand) -> Claim:
    """The sender of a command, truncated to the columns of ChatIdentity."""
    return Claim(
        command.provider,
        clean(command.workspace)[:100],
        clean(command.user)[:100],
        clean(command.who)[:200],
        clean(command.workspace_name or command.workspace)[:100],
    )


def address_of(claim: Claim) -> str:
    """The absolute URL, valid for 15 minutes."""
    token = signing.dumps(asdict(claim), salt=SALT)
    return settings.SITE_URL + reverse("chat_link", args=[token])


def read(token: str) -> Claim:
    """The claim in a link. Raises StaleLink."""
    try:
        return Claim(**signing.loads(token, salt=SALT, max_age=LIFETIME_S))
    except signing.SignatureExpired:
        raise StaleLink(
            "This link was good for 15 minutes. Give the command again in the chat for a new one."
        ) from None
    except (signing.BadSignature, TypeError, ValueError):
        raise StaleLink(
            "This link is damaged. Copy it whole, or give the command again in the chat."
        ) from None
