"""Messages are read: by the rules of the first integration on their URL that takes them."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

from escalation.plan import Plan
from escalation.plans import plan_of_play, plan_of_policy
from escalation.verbs.starting import policy_of
from incidents.report import Outcome, Report
from integrations import decoding, mapping
from integrations.errors import RulesError, UnreadableBody, UnrecognizedPayload
from integrations.events import Event
from integrations.models import InboundMessage, Integration
from integrations.texts import clean

logger = logging.getLogger(__name__)

RETRIED_WITHIN = timedelta(minutes=15)
# The key that we made for an event without one, and that its sender was told.
MADE_KEY = "x-opsportal-dedup-key"
# What an alert keeps of an event besides its columns.
DETAILS = (
    *("assignee", "topic", "severity_text", "tags", "custom", "links"),
    *("recipient_users", "recipient_groups"),
)
_compiled: dict[tuple[int, datetime], mapping.Rules] = {}


@dataclass(slots=True)
class Reading:
    """A message, what it says, and what has come of it."""

    message: InboundMessage
    integration: Integration | None = None
    events: list[Event] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    told: list[Event] = field(default_factory=list)  # the events that the reports stand for
    plan: tuple[Plan, int | None, int | None] = ({}, None, None)
    outcomes: list[Outcome] = field(default_factory=list)
    failure: str = ""


def rules_of(integration: Integration) -> mapping.Rules:
    """The compiled rules of the integration as it is now."""
    key = (integration.pk, integration.changed_at)
    if key not in _compiled:
        if len(_compiled) > 2000:
            _compiled.clear()
        _compiled[key] = mapping.compile(integration.rules)
    return _compiled[key]


def received_of(message: InboundMessage) -> mapping.Received:
    """The message as rules see it. Raises UnreadableBody."""
    query = dict(parse_qsl(message.query, keep_blank_values=True))
    body = decoding.decode(bytes(message.body), message.content_type, query)
    made_key = message.headers.get(MADE_KEY)
    if made_key and isinstance(body, dict) and not body.get("dedup_key"):
        body = {**body, "dedup_key": made_key}
    return mapping.Received(body, message.headers, query)


class Reader:
    """Reads a batch of messages; integrations, rules and plans are looked up once."""

    def __init__(self) -> None:
        self.urls: dict[int, list[Integration]] = {}
        self.plans: dict[int, tuple[Plan, int | None, int | None]] = {}

    def read(self, rows: Sequence[InboundMessage]) -> list[Reading]:
        repeated = _repeated(rows)
        return [self._read(row, repeated.get(row.pk)) for row in rows]

    def _read(self, message: InboundMessage, repeats: int | None) -> Reading:
        reading = Reading(message)
        try:
            self._take(reading, received_of(message))
        except (UnreadableBody, UnrecognizedPayload, RulesError) as error:
            reading.failure = clean(f"{error}")
        if reading.integration and reading.events:
            self._report(reading, reading.integration, repeats)
        return reading

    def _take(self, reading: Reading, received: mapping.Received) -> None:
        """By the first enabled integration on the URL whose filters accept the message."""
        refusals = []
        for integration in self._on_url(reading.message.integration_id):
            rules = rules_of(integration)
            refusal = rules.accepts(received)
            if refusal is None:
                reading.integration = integration
                reading.events = rules.events(received)
                return
            refusals.append(f"{integration.name}: {refusal}")
        reading.failure = "; ".join(refusals) or "No enabled integration is left on this URL"

    def _on_url(self, integration_id: int | None) -> list[Integration]:
        if integration_id is None:
            return []
        if integration_id not in self.urls:
            own = Integration.objects.filter(pk=integration_id)
            digests = own.values("token_digest")
            same = Integration.objects.filter(token_digest__in=digests, is_enabled=True)
            # One that was disabled since still owes its answer to what it has accepted.
            self.urls[integration_id] = list(same.select_related("service")) or list(own)
        return self.urls[integration_id]

    def _report(self, reading: Reading, integration: Integration, repeats: int | None) -> None:
        reading.plan = self._plan(integration)
        for event in reading.events:
            if event.action and not event.error:
                reading.told.append(event)
                reading.reports.append(_report_of(event, integration, reading.message, repeats))

    def _plan(self, integration: Integration) -> tuple[Plan, int | None, int | None]:
        if integration.pk not in self.plans:
            users = list(integration.users.values_list("pk", flat=True))
            teams = list(integration.teams.values_list("pk", flat=True))
            if integration.play:
                plan = plan_of_play(integration.play, users=users, teams=teams)
                self.plans[integration.pk] = (plan, None, integration.play_id)
            else:
                policy = integration.policy or policy_of(integration.service)
                plan = plan_of_policy(policy, users=users, teams=teams)
                self.plans[integration.pk] = (plan, policy.pk if policy else None, None)
        return self.plans[integration.pk]


def _repeated(rows: Sequence[InboundMessage]) -> dict[int, int]:
    """Messages with the body of one that was answered 429 shortly before: senders that retry."""
    lanes = {row.integration_id for row in rows}
    refused = InboundMessage.objects.filter(
        integration__in=lanes, answer=429, body_digest__in={row.body_digest for row in rows}
    ).values_list("integration_id", "body_digest", "pk", "received_at")
    earlier: dict[tuple[int | None, str], list[tuple[int, datetime]]] = {}
    for lane, digest, pk, at in refused.order_by("-pk")[:1000]:
        earlier.setdefault((lane, digest), []).append((pk, at))
    found = {}
    for row in rows:
        if row.replay_of_id:  # A person repeats it, and wants to see what comes of it.
            continue
        for pk, at in earlier.get((row.integration_id, row.body_digest), []):
            if pk < row.pk and row.received_at - at < RETRIED_WITHIN:
                found[row.pk] = pk
    return found


def _report_of(
    event: Event, integration: Integration, message: InboundMessage, repeats: int | None
) -> Report:
    details: dict[str, Any] = {"bridge": integration.bridge} if integration.bridge else {}
    details |= {name: value for name in DETAILS if (value := getattr(event, name))}
    return Report(
        action=str(event.action),
        service_id=integration.service_id,
        key=event.key,
        at=message.received_at,
        title=event.subject,
        severity=event.severity,
        source=event.source,
        source_name=event.source_name,
        source_id=event.source_id,
        source_status=event.status,
        dedup_key=event.dedup_key,
        short_text=event.short_text,
        long_text=event.long_text,
        url=event.url,
        via=integration.name,
        stops_paging=str(event.action) == "acknowledge",
        is_test=message.is_test,
        repeats=repeats,
        details=details,
    )
