"""Messages that cannot be read are one incident of the service that they were for.

It is paged by the plan of the integration, and closed by the next message that is read. What no
filter of an integration accepts is no such message: people have said that it is not wanted.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings

from escalation.actions import ingest
from incidents.models import Alert
from incidents.own_service import PORTAL_SERVICE
from incidents.report import Report, Suppression, spell_time
from integrations.engine.commands import COMMAND_HANDLERS
from integrations.engine.plan_selection import PlanSelector
from integrations.inbound.log import LogUpdate
from integrations.inbound.unreadable_count import count_unreadable
from integrations.models import InboundMessage, Integration

Status = InboundMessage.Status
READ = (Status.MAPPED, Status.APPENDED, Status.IGNORED)
# Where good and bad messages alternate, somebody is told again only of what lasts for so long.
QUIET = timedelta(minutes=5)


def count_failed(updates: Iterable[LogUpdate]) -> None:
    """Count those of these that have failed, in the transaction of the caller.

    Tests and repetitions are not counted: somebody looks at them. Neither are commands: whoever
    gave one is answered.
    """
    times: dict[int, list[datetime]] = defaultdict(list)
    for update in updates:
        message = update.message
        integration_id = update.values.get("integration_id") or message.integration_id
        if update.values.get("status") == Status.FAILED and integration_id and _counts(message):
            times[integration_id].append(message.received_at)
    for integration_id, received in sorted(times.items()):
        count_unreadable(integration_id, max(received), len(received))


def _counts(message: InboundMessage) -> bool:
    is_asked = message.is_test or message.test_audience or message.replay_of_id
    return not is_asked and message.route not in COMMAND_HANDLERS


def report_unreadable(*, now: datetime) -> int:
    """Open and close the incidents as the messages of each integration ask; returns how many.

    What was opened is closed by a later call at the earliest, so that it is told of.
    """
    rows = Integration.objects.exclude(unreadable_at=None).select_related("service")
    return sum(_report(row, now) for row in rows)


def _report(row: Integration, now: datetime) -> int:
    told_at, bad_at = row.unreadable_told_at, row.unreadable_at
    mine = Integration.objects.filter(pk=row.pk)
    if told_at is None or (bad_at and bad_at > told_at):
        opened = not _is_open(row)
        if opened:
            report = _trigger(row, now)
            ingest.report([report], now=now, plans=[PlanSelector().select(row, None)])
        mine.update(unreadable_told_at=bad_at)
        return int(opened)
    if not _has_read_since(row):
        return 0
    resolve = Report(
        "resolve", row.service_id, key_of(row), now, source=PORTAL_SERVICE, via=PORTAL_SERVICE
    )
    ingest.report([resolve], now=now)
    mine.filter(unreadable_at=bad_at).update(unreadable_at=None)
    return 1


def key_of(row: Integration) -> str:
    """The key of the alert about an integration."""
    return hashlib.sha256(f"unreadable:{row.pk}".encode()).hexdigest()


def _is_open(row: Integration) -> bool:
    return Alert.objects.open().filter(service=row.service_id, key=key_of(row)).exists()


def _has_read_since(row: Integration) -> bool:
    """Whether a later message on its URL was read."""
    same = list(
        Integration.objects.beside(Integration.objects.filter(pk=row.pk)).values_list(
            "pk", flat=True
        )
    )
    later = InboundMessage.objects.filter(integration__in=same, received_at__gt=row.unreadable_at)
    return later.filter(status__in=READ, is_test=False, test_audience="").exists()


def _trigger(row: Integration, now: datetime) -> Report:
    last = row.messages.filter(status__in=(Status.FAILED, Status.REJECTED)).order_by("-pk").first()
    said = last.reason if last else "The Inbound Log does not hold the last one."
    text = f"A message of {row.name} could not be read, and opened nothing. {said}"
    told_at, hold = row.unreadable_told_at, None
    if told_at and told_at + QUIET > now:
        until = told_at + QUIET
        hold = Suppression(f"told at {spell_time(told_at)} already", until)
    return Report(
        action="trigger",
        service_id=row.service_id,
        key=key_of(row),
        at=now,
        title=f"Messages of “{row.name}” cannot be read",
        source=PORTAL_SERVICE,
        source_name=row.name,
        source_id=str(row.pk),
        short_text=text[:500],
        long_text=f"{text}\n\nThe next message that is read closes this.",
        url=f"{settings.SITE_URL}{last.get_absolute_url()}" if last else "",
        via=PORTAL_SERVICE,
        suppression=hold,
    )
