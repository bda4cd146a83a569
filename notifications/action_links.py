"""Links that know who was told what, so that a person can act without signing in first.

Opening one changes nothing: mail scanners open every link. The page behind it has a button.
A token is short, because it also travels in text messages.
"""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.core import signing
from django.utils import timezone

from notifications.errors import LinkExpired, LinkInvalid

REACHED = "reached"  # of a test: it says that it came, and is of no incident
LETTERS = {"acknowledge": "a", "resolve": "r", REACHED: "y"}
VERBS = {letter: verb for verb, letter in LETTERS.items()}


@dataclass(frozen=True, slots=True)
class ActionLink:
    """What a link allows: ``verb`` on one incident (0: of none), as this user, or as whoever signs
    in."""

    incident_id: int
    user_id: int | None
    verb: str
    issued_at: datetime
    delivery: str  # the first eight digits of the delivery's id

    @property
    def deliveries(self) -> tuple[uuid.UUID, uuid.UUID]:
        """The first and the last id of a delivery that the link may be of."""
        first = self.delivery.ljust(32, "0")
        return uuid.UUID(first), uuid.UUID(self.delivery.ljust(32, "f"))


class _Signer(signing.Signer):
    """132 bits of the signature are enough, and make a link that fits into a text message."""

    def __init__(self) -> None:
        super().__init__(sep=".", salt="notifications.action_links")

    def signature(self, value: str | bytes, key: str | bytes | None = None) -> str:
        return super().signature(value, key)[:22]


def action_url(
    incident_id: int,
    user_id: int | None,
    verb: str,
    *,
    delivery_id: str,
    now: datetime | None = None,
) -> str:
    """The address of the page where the reader of this delivery can do ``verb``."""
    minute = int((now or timezone.now()).timestamp()) // 60
    numbers = [signing.b62_encode(n) for n in (incident_id, user_id or 0, minute)]
    value = ".".join([LETTERS[verb] + numbers[0], *numbers[1:], str(delivery_id)[:8]])
    return f"{settings.SITE_URL}/a/{_Signer().sign(value)}/"


def read_action(token: str, *, now: datetime | None = None) -> ActionLink:
    """What the token allows. Raises ``LinkInvalid``, or ``LinkExpired`` when it is too old."""
    try:
        first, user, minute, delivery = _Signer().unsign(token).split(".")
        link = ActionLink(
            incident_id=signing.b62_decode(first[1:]),
            user_id=signing.b62_decode(user) or None,
            verb=VERBS[first[0]],
            issued_at=datetime.fromtimestamp(signing.b62_decode(minute) * 60, UTC),
            delivery=delivery,
        )
    except (signing.BadSignature, ValueError, LookupError):
        raise LinkInvalid("This link is not complete, or not one of ours.") from None
    if (now or timezone.now()) - link.issued_at > timedelta(days=settings.ACTION_LINK_DAYS):
        raise LinkExpired(f"This link was good for {settings.ACTION_LINK_DAYS} days.")
    return link
