"""Claim, look again, send, record: one notification is sent by one worker, once."""

import logging
import time
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.utils import timezone

from incidents.choices import RequestAnswer
from incidents.models import Incident, ResponderRequest
from notifications import send_threads
from notifications.actions import (
    follow_calls,
    lanes,
    message_updates,
    rate_limits,
    record,
    routes,
)
from notifications.actions.build_message import build_message
from notifications.actions.contact_hours import within_hours
from notifications.actions.enqueue import enqueue, merges
from notifications.actions.routes import Route
from notifications.channels import all_channels
from notifications.models import Notification
from notifications.page import PAGES
from notifications.rates import Limit
from notifications.receipts import Accepted
from notifications.send_threads import Answer
from opsportal.lib.encryption import SecretUnreadable, readable
from opsportal.lib.net.errors import DeliveryError

logger = logging.getLogger(__name__)
State = Notification.State
SENT_ALONE = ("text", "is_redelivery")  # facts: words of a workflow, or what is sent again
FRESH_S = 0.5  # A look at the incident that is older is repeated before the next send.
BUDGET_S = 0.5  # What a task leaves undone after this comes after what waits already.


def deliver(items: Sequence[tuple[int, int]]) -> None:
    """Send what is still wanted of these (notification, attempts made so far) pairs.

    Of two workers with the same pair one sends and one does nothing. No transaction is open
    while a provider is waited for.
    """
    began = time.monotonic()
    left: list[Notification] = []
    for number, group in enumerate(_groups(_load(items))):
        age = time.monotonic() - began
        if number and age > BUDGET_S:  # However slow the machine is, one of them is sent.
            left += group
            continue
        _send(_drop_superseded(group, is_fresh=age < FRESH_S))
    if left:
        enqueue(left)


def _load(items: Iterable[tuple[int, int]]) -> list[Notification]:
    made = dict(items)
    related = ("incident__service", "incident__assignee", "user", "contact_method")
    rows = Notification.objects.filter(pk__in=made, state=State.WAITING).select_related(
        *related, "shared_channel", "subscriber__page"
    )
    wanted = [row for row in rows.order_by() if row.attempts_made == made[row.pk]]
    return sorted(wanted, key=attrgetter("pk"))  # Django takes longer to write the ordering.


def _groups(rows: list[Notification]) -> Iterable[list[Notification]]:
    """What may go out as one message: the same address, event and urgency of telling."""

    def key(row: Notification) -> tuple[int, int, str, int]:
        is_special = not row.facts.keys().isdisjoint(SENT_ALONE) or _is_for_a_thread(row)
        apart = 0 if merges(row.channel) and row.incident_id and not is_special else row.pk
        return (row.contact_method_id or 0, row.shared_channel_id or 0, row.event, apart)

    groups = [list(group) for _, group in groupby(sorted(rows, key=key), key)]
    yield from sorted(groups, key=lambda group: group[0].pk)  # In the order in which it happened.


def _is_for_a_thread(row: Notification) -> bool:
    """Whether it answers the message about its incident, where others answer other ones."""
    channel = all_channels().get(row.channel)
    return channel is not None and channel.has_threads and row.event not in PAGES


def _send(group: list[Notification]) -> None:
    now = timezone.now()
    group = within_hours(_drop_later(group, now), now)
    if not group:
        return
    route = routes.route_of(group[0])
    state = lanes.look(route.lane, now)
    is_first = any(row.attempts_made == 0 for row in group)
    until = lanes.wait_until(state, now, is_first=is_first)
    if until is None and not send_threads.has_room():
        until = now + lanes.NO_ROOM_WAIT
    if until is not None:
        lanes.put_back(group, state, until, now)
        return
    if held := rate_limits.take(_limits(group[0], route), group[0], now):
        rate_limits.put_aside(group, held)
        return
    group, unsure = record.claim(
        group, state.key, provider=route.account_key, provider_name=route.account_name
    )
    if group:
        _send_claimed(group, route, state, unsure)


def _send_claimed(
    group: list[Notification], route: Route, state: lanes.LaneState, unsure: bool
) -> None:
    began = time.monotonic()
    finish = partial(_finish, group, route, state, began)
    try:
        channel = all_channels()[group[0].channel]
        earlier = message_updates.earlier_id(group, route.account_key)
        message = build_message(group, now=timezone.now(), may_repeat=unsure, in_reply_to=earlier)
        send = partial(route.send, channel, _config(group[0]), message)
    except Exception as error:  # noqa: BLE001 - it is recorded as what came of the attempt
        finish(error)
        return
    send_threads.run(
        send,
        finish,
        patience_s=state.patience_s,
        on_detach=partial(record.extend_lease, group, channel.budget_s()),
    )


def _finish(
    group: list[Notification],
    route: Route,
    state: lanes.LaneState,
    began: float,
    answer: Answer,
) -> None:
    """Record what came of a send, in whichever thread it ended, and let others of its lane go."""
    took_s, now = time.monotonic() - began, timezone.now()
    if isinstance(answer, Accepted):
        record.record_success(group, answer, receipt_within_s=route.receipt_within_s)
        lanes.note_success(state, took_s, now, is_ordered=group[0].is_announcement)
        message_updates.request_if_changed(group)
        follow_calls.start(route.account, answer)
    elif isinstance(answer, DeliveryError):
        record.record_failure(group, answer, has_next=route.has_next)
        lanes.note_failure(state, took_s, now, answer)
        if answer.retry_after:
            rate_limits.close(_limits(group[0], route), now, answer.retry_after)
    elif isinstance(answer, SecretUnreadable):
        record.record_failure(group, DeliveryError(str(answer), permanent=True))
    else:
        logger.error("Notification %s could not be sent", group[0].pk, exc_info=answer)
        # It may have been sent before; and what the error quotes may be a secret.
        defect = f"A defect of the portal: {type(answer).__name__}, see its log"
        record.record_failure(group, DeliveryError(defect, ambiguous=True))


def _drop_later(group: list[Notification], now: datetime) -> list[Notification]:
    """Put back announcements that others to the same shared channel have to come before.

    One is on its way at a time, and of each incident they go in the order in which they happened.
    """
    first = group[0] if group else None
    if first is None or not first.is_announcement or first.shared_channel_id is None:
        return group
    ours = [row.pk for row in group]
    others = Notification.objects.filter(
        shared_channel=first.shared_channel_id, is_announcement=True, state=State.WAITING
    ).exclude(pk__in=ours)
    is_busy = others.filter(sending_since__isnull=False, next_attempt_at__gt=now).exists()
    earlier = others.filter(pk__lt=max(ours), incident__in={row.incident_id for row in group})
    oldest = dict(earlier.order_by("-pk").values_list("incident_id", "pk"))
    later = [row for row in group if is_busy or oldest.get(row.incident_id or 0, row.pk) < row.pk]
    if later:
        state = lanes.LaneState(routes.lane_of(first), opened_until=now + lanes.LANE_WAIT)
        lanes.put_back(later, state, now + lanes.LANE_WAIT, now)
    return [row for row in group if row not in later]


def _limits(row: Notification, route: Route) -> tuple[Limit, ...]:
    channel, place = all_channels().get(row.channel), row.contact_method or row.shared_channel
    if channel is None or place is None or not (route.account or channel.rate):
        return ()
    return route.limits(channel, readable(place, "config", {}))


def _config(row: Notification) -> dict[str, Any]:
    place = row.contact_method or row.shared_channel or row.subscriber
    if place is None:
        raise DeliveryError("This address was deleted meanwhile", permanent=True)
    config: dict[str, Any] = place.config
    return config


def _drop_superseded(group: list[Notification], *, is_fresh: bool) -> list[Notification]:
    """Look at the incidents again: what nobody needs any more is recorded, and not sent."""
    fresh = {row.incident_id: row.incident for row in group if row.incident}
    if not is_fresh:
        fresh = Incident.objects.in_bulk(fresh)
    kept, answered = [], _answered(group)
    for row in group:
        incident = fresh.get(row.incident_id)
        if incident is None:
            kept.append(row)
            continue
        if reason := superseded_reason(row, incident) or answered.get(row.pk, ""):
            _close(row, State.SUPERSEDED, reason)
            continue
        for name in ("status", "severity", "urgency", "assignee_id", "is_private"):
            setattr(row.incident, name, getattr(incident, name))
        kept.append(row)
    return kept


def _answered(group: list[Notification]) -> dict[int, str]:
    """Of those who were asked for by name: why they need not be asked any more."""
    asked = [row for row in group if row.facts.get("is_request")]
    if not asked:
        return {}
    rows = ResponderRequest.objects.exclude(answer=RequestAnswer.PENDING)
    found = rows.filter(
        incident__in={row.incident_id for row in asked}, user__in={row.user_id for row in asked}
    )
    answers = {(one.incident_id, one.user_id) for one in found}
    told = "Answered before this was sent"
    return {row.pk: told for row in asked if (row.incident_id, row.user_id) in answers}


def superseded_reason(row: Notification, incident: Incident) -> str:
    """Why a notification is not needed any more; '' where it is."""
    if row.event not in PAGES or row.is_announcement:
        return ""
    if incident.is_resolved:
        return "Resolved before this was sent"
    if incident.paging_round != row.facts.get("paging_round", incident.paging_round):
        return "Paging has started anew since"
    is_request = bool(row.facts.get("is_request"))
    if incident.status == Incident.Status.ON_HOLD and not is_request:
        return "On hold before this was sent"
    taken = incident.status == Incident.Status.ACKNOWLEDGED and not is_request
    if taken and not (row.facts.get("despite_acknowledgement") and incident.assigned_at is None):
        return "Acknowledged before this was sent"
    return ""


def _close(row: Notification, state: str, error: str) -> None:
    Notification.objects.filter(
        pk=row.pk, state=State.WAITING, attempts_made=row.attempts_made
    ).update(state=state, error=error, done_at=timezone.now(), next_attempt_at=None)
