"""Links with which a person answers what they are asked, without signing in first.

Opening one changes nothing: mail scanners open every link. The page behind it has buttons.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.core import signing
from django.urls import reverse

from notifications.errors import LinkExpired, LinkInvalid

DAYS = 30


@dataclass(frozen=True, slots=True)
class AnswerLink:
    """The id of the row that the link answers, and as whom."""

    row_id: int
    user_id: int


def answer_path(page: str, row_id: int, user_id: int, *, now: datetime) -> str:
    """The path of this page (the name of its URL), on which this person answers for this row."""
    numbers = (row_id, user_id, int(now.timestamp()) // 60)
    value = ".".join(signing.b62_encode(number) for number in numbers)
    return reverse(page, args=[_signer(page).sign(value)])


def read_answer_link(page: str, token: str, *, now: datetime) -> AnswerLink:
    """What the token allows on this page, and on no other.

    Raises ``LinkInvalid``, or ``LinkExpired`` after 30 days.
    """
    try:
        value = _signer(page).unsign(token)
        row, user, minute = map(signing.b62_decode, value.split("."))
    except (signing.BadSignature, ValueError):
        raise LinkInvalid("This link is not complete, or not one of ours.") from None
    if now - datetime.fromtimestamp(minute * 60, UTC) > timedelta(days=DAYS):
        raise LinkExpired(f"This link was good for {DAYS} days.")
    return AnswerLink(row, user)


def _signer(page: str) -> signing.Signer:
    return signing.Signer(sep=".", salt=f"escalation.{page}_links")
