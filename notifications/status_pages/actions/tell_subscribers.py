"""Subscribers are told by the delivery that pages use, after everybody else.

Each is a notification that is due in two minutes: what is said of the same report until then
comes in the same message.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from notifications.choices import NotificationEvent, NotificationState
from notifications.models import Notification, StatusSubscriber, StatusUpdate
from notifications.status_pages import documents
from notifications.status_pages.addresses import confirm_url, report_url
from notifications.status_pages.reading import read_page
from opsportal.lib.bulk_write import insert_all
from opsportal.lib.pg_notify import SCHEDULER, notify

COALESCED = timedelta(minutes=2)
WEBHOOK = "webhook"


def tell_subscribers(update: StatusUpdate) -> int:
    """Have all confirmed subscribers of its page told of an update; returns how many those are.

    Runs in the caller's transaction.
    """
    report, now = update.report, timezone.now()
    recent = list(report.updates.filter(at__gt=now - COALESCED))
    said = [one for one in recent if one.pk == update.pk or _supersede(one, now)]
    title = f"[{report.page.title}] {report.title}: {update.get_state_display()}"
    text = "\n\n".join(f"{one.get_state_display()}: {one.body}" for one in said)
    facts = {"notice": _notice(title, text, report_url(report.page, report.pk))}
    people = report.page.subscribers.confirmed()
    with_document = facts
    if people.filter(channel=WEBHOOK).exists():
        with_document = facts | {"document": _document(update, now)}
    _write(
        people,
        key=f"status:{update.pk}",
        due_at=now + COALESCED,
        facts={WEBHOOK: with_document, "email": facts},
    )
    return people.count()


def ask_to_confirm(subscriber: StatusSubscriber) -> None:
    """The mail with the link that confirms a subscription."""
    now, page = timezone.now(), subscriber.page
    text = (
        f"Somebody, probably you, asked for the news of {page.name} by e-mail. Open the link "
        "within 48 hours to confirm it. If it was not you, do nothing: no other mail will come."
    )
    title = f"[{page.title}] Confirm your subscription"
    facts = {"notice": _notice(title, text, confirm_url(subscriber)), "is_first": True}
    _write(
        StatusSubscriber.objects.filter(pk=subscriber.pk),
        key=f"confirm:{subscriber.pk}:{int(now.timestamp())}",
        due_at=now,
        facts={subscriber.channel: facts},
    )


def _notice(title: str, text: str, url: str) -> dict[str, str]:
    return {"title": title, "text": text, "url": url}


def _supersede(earlier: StatusUpdate, now: datetime) -> bool:
    """Whether messages about an earlier update had not left yet: the next ones say it, too."""
    waiting = Notification.objects.filter(
        page_key=f"status:{earlier.pk}", state=NotificationState.WAITING, attempts_made=0
    )
    found = waiting.filter(due_at__gt=now).update(
        state=NotificationState.SUPERSEDED,
        error="Told together with a later update",
        done_at=now,
        next_attempt_at=None,
    )
    return found > 0


def _document(update: StatusUpdate, now: datetime) -> dict[str, Any]:
    """What a program is posted: the page, and the report with all of its updates."""
    snapshot = read_page(update.report.page, now)
    status = documents.status_of(snapshot)
    shown = next((one for one in snapshot.reports if one.pk == update.report.pk), None)
    return {
        "page": {
            **documents.page_of(snapshot.page),
            "status_indicator": status["indicator"],
            "status_description": status["description"],
        },
        "incident": documents.report_document(snapshot, shown) if shown else None,
    }


def _write(
    people: Iterable[StatusSubscriber],
    *,
    key: str,
    due_at: datetime,
    facts: dict[str, dict[str, Any]],
) -> None:
    now = timezone.now()
    rows = [
        Notification(
            event=NotificationEvent.NOTICE,
            subscriber=one,
            channel=one.channel,
            address=one.address,
            page_key=key,
            address_key=f"subscriber:{one.pk}",
            urgent=False,
            is_announcement=True,
            created_at=now,
            due_at=due_at,
            next_attempt_at=due_at,
            facts=facts[one.channel],
        )
        for one in people
    ]
    if rows:
        insert_all(rows)
        notify(connection, SCHEDULER)
