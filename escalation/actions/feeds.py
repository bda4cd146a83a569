"""Feeds: calendars that people subscribe to. The address is a secret, and is known only once."""

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Case, F, Q, Value, When
from django.urls import reverse
from django.utils import timezone

from escalation.choices import FeedKind
from escalation.models import Feed, Schedule
from incidents.actions.api_keys import digest_of
from incidents.errors import DomainError, InvalidRequest
from incidents.models import User

MAX_LIVE = 20  # feeds of one person
TOKEN_BYTES = 32
MINUTE = timedelta(minutes=1)
MAX_PER_MINUTE = 60
MAX_AGENT_CHARS = 200
SEE = "escalation.view_schedule"


@transaction.atomic
def add_feed(
    user: User, schedule: Schedule | None = None, kind: str = FeedKind.MINE
) -> tuple[Feed, str]:
    """A feed and its address. ``schedule`` None: all shifts of the person.

    Raises InvalidRequest for everybody's shifts of no schedule, and DomainError where the person
    has MAX_LIVE feeds already.
    """
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if kind == FeedKind.WHOLE and schedule is None:
        raise InvalidRequest("schedule: Say whose shifts: everybody's are those of a schedule.")
    if user.feeds.live().count() >= MAX_LIVE:
        raise DomainError(f"You have {MAX_LIVE} calendars already. Revoke one that is not used.")
    token = secrets.token_urlsafe(TOKEN_BYTES)
    feed = Feed.objects.create(user=user, schedule=schedule, kind=kind, token_hash=digest_of(token))
    return feed, address_of(token)


@transaction.atomic
def replace_feed(feed: Feed) -> tuple[Feed, str]:
    """The same feed at a new address; the old one is gone. Raises DomainError for a revoked one."""
    row = Feed.objects.select_for_update(no_key=True).get(pk=feed.pk)
    if row.revoked_at is not None:
        raise DomainError("This calendar is revoked. Make another.")
    token = secrets.token_urlsafe(TOKEN_BYTES)
    row.token_hash, row.last_used_at, row.last_agent = digest_of(token), None, ""
    row.save(update_fields=["token_hash", "last_used_at", "last_agent"])
    return row, address_of(token)


def revoke_feed(feed: Feed) -> None:
    """Its address opens nothing from now on."""
    Feed.objects.live().filter(pk=feed.pk).update(revoked_at=timezone.now())


def address_of(token: str) -> str:
    """Where the calendar is, for whoever knows the token."""
    return f"{settings.SITE_URL}{reverse('feed', args=[token])}"


def open_feed(token: str) -> Feed | None:
    """The live feed of a token, whose person may see schedules; None for everything else."""
    live = Feed.objects.live().select_related("user", "schedule")
    feed = live.filter(token_hash=digest_of(token)).first()
    return feed if feed is not None and feed.user.has_perm(SEE) else None


def count_use(feed: Feed, agent: str, now: datetime) -> bool:
    """Note a request; whether it is within MAX_PER_MINUTE of its minute."""
    is_same_minute = Q(minute_began_at__gt=now - MINUTE)
    Feed.objects.filter(pk=feed.pk).update(
        hits_in_minute=Case(When(is_same_minute, then=F("hits_in_minute") + 1), default=Value(1)),
        minute_began_at=Case(When(is_same_minute, then=F("minute_began_at")), default=Value(now)),
        last_used_at=now,
        last_agent=agent[:MAX_AGENT_CHARS],
    )
    feed.refresh_from_db(fields=["hits_in_minute"])
    return feed.hits_in_minute <= MAX_PER_MINUTE
