"""Visitors subscribe to a status page. Nobody is told anything before the address was confirmed.

Everything here is asked by people who are not known, so all of it is bounded: by network, by
address and by page.
"""

import hashlib
import ipaddress
import secrets
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django_q.tasks import async_task

from incidents.errors import DomainError, InvalidRequest
from notifications.channels import all_channels
from notifications.channels._by_url import with_query
from notifications.models import StatusPage, StatusSubscriber
from notifications.status_pages.actions.tell_subscribers import WEBHOOK, ask_to_confirm
from opsportal.lib.net import http
from opsportal.lib.net.errors import DeliveryError
from opsportal.lib.task_queues import BACKGROUND

CONFIRM_WITHIN = timedelta(hours=48)
ASKED_AGAIN_AFTER = timedelta(days=1)  # An address gets one request to confirm a day.
WINDOW = timedelta(hours=1)
MAX_BY_NETWORK, MAX_BY_PAGE = 5, 200  # requests that nobody has confirmed, in an hour
MAX_SUBSCRIBERS = 10_000
IPV6_PREFIX_BITS = 64
CHALLENGE = "challenge"
CHALLENGE_TIMEOUT_S = 5.0
TASK = "notifications.tasks.confirm_status_webhook"


class TooMany(DomainError):
    """More is asked for than is answered."""

    code = "too_many"


def subscribe_mail(page: StatusPage, address: str, network: str | None) -> None:
    """Ask the address whether it was meant. What comes of it is not told: whoever asks learns
    nothing about the addresses of others. Raises TooMany."""
    if not page.takes_mail:
        raise InvalidRequest("This page takes no subscriptions by e-mail.")
    row = _pending(page, "email", {"address": address}, network)
    if row is not None:
        ask_to_confirm(row)


def subscribe_webhook(page: StatusPage, url: str, network: str | None) -> None:
    """Have a worker ask the server behind the URL whether it was meant, by a challenge.

    Raises InvalidRequest for what is no public https address, TooMany.
    """
    if not page.takes_webhooks:
        raise InvalidRequest("This page takes no webhooks.")
    _check_public(url)
    row = _pending(page, WEBHOOK, {"url": url, "secret": ""}, network)
    if row is not None:
        transaction.on_commit(lambda: async_task(TASK, row.pk, cluster=BACKGROUND))


def confirm(subscriber: StatusSubscriber) -> None:
    """From now on it is told everything. Done twice, it changes nothing."""
    if subscriber.confirmed_at is None:
        subscriber.confirmed_at = timezone.now()
        subscriber.save(update_fields=["confirmed_at"])


def unsubscribe(subscriber: StatusSubscriber) -> None:
    """It is told nothing any more, and nothing is kept of it."""
    subscriber.delete()


def confirm_webhook(subscriber_id: int) -> None:
    """Ask the server for the challenge that the query names: who answers with it has meant it."""
    row = StatusSubscriber.objects.filter(pk=subscriber_id, confirmed_at=None).first()
    if row is None:
        return
    token = secrets.token_urlsafe(24)
    url = with_query(row.config["url"], **{CHALLENGE: token})
    try:
        answer = http.send("GET", url, timeout=CHALLENGE_TIMEOUT_S)
    except DeliveryError:
        row.delete()
        return
    if answer.ok and answer.text.strip() == token:
        confirm(row)
    else:
        row.delete()


@transaction.atomic
def _pending(
    page: StatusPage, channel: str, config: dict[str, str], network: str | None
) -> StatusSubscriber | None:
    """The row that is to be confirmed; None for what is subscribed, or was asked today."""
    now, network = timezone.now(), _counted(network)
    locked = StatusPage.objects.select_for_update(no_key=True).get(pk=page.pk)
    pending = locked.subscribers.filter(confirmed_at=None)
    pending.filter(asked_at__lt=now - CONFIRM_WITHIN).delete()
    digest = _digest(channel, next(iter(config.values())))
    known = locked.subscribers.filter(digest=digest).first()
    if known is not None and (known.confirmed_at or known.asked_at > now - ASKED_AGAIN_AFTER):
        return None
    _check_limits(locked, network, now)
    if known is not None:
        known.asked_at, known.asked_from = now, network
        known.save(update_fields=["asked_at", "asked_from"])
        return known
    return StatusSubscriber.objects.create(
        page=locked,
        channel=channel,
        config=config,
        digest=digest,
        address=_masked(channel, config),
        asked_at=now,
        asked_from=network,
    )


def _check_limits(page: StatusPage, network: str | None, now: datetime) -> None:
    recent = page.subscribers.filter(confirmed_at=None, asked_at__gt=now - WINDOW)
    if network and recent.filter(asked_from=network).count() >= MAX_BY_NETWORK:
        raise TooMany("Too many subscriptions were asked for from here. Try again in an hour.")
    if recent.count() >= MAX_BY_PAGE or page.subscribers.count() >= MAX_SUBSCRIBERS:
        raise TooMany("Too many subscriptions were asked for. Try again later.")


def _digest(channel: str, address: str) -> str:
    text = f"{channel}:{address.strip().lower()}"
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def _masked(channel: str, config: dict[str, str]) -> str:
    """``al…@example.com``: enough to find one's own, and no address to write to."""
    if channel == WEBHOOK:
        return all_channels()[channel].describe(config)[:200]
    name, _, domain = config["address"].rpartition("@")
    return f"{name[:2]}…@{domain}"[:200]


def _counted(address: str | None) -> str | None:
    """What counts as one visitor: of IPv6 the network of a customer."""
    if address is None or ipaddress.ip_address(address).version == 4:
        return address
    network = ipaddress.ip_network(f"{address}/{IPV6_PREFIX_BITS}", strict=False)
    return str(network.network_address)


def _check_public(url: str) -> None:
    """Raises InvalidRequest. Strangers reach nothing that is open to the administrators alone."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    listed = [entry.strip().lower().lstrip(".") for entry in settings.OUTGOING_ALLOWED_HOSTS]
    if any(host == entry or host.endswith(f".{entry}") for entry in listed if entry):
        raise InvalidRequest("url: this host cannot be used.")
    if parts.scheme != "https" and not settings.OUTGOING_ALLOW_PRIVATE:
        raise InvalidRequest("url: it has to begin with https://.")
    if parts.username or parts.password:
        raise InvalidRequest("url: leave out the name and the password.")
