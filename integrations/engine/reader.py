"""Messages are read: by the rules of the first integration on their URL that takes them."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from urllib.parse import parse_qsl

from incidents.report import Outcome, Report
from integrations.decoding import decode
from integrations.engine.adapters import translate
from integrations.engine.plan_choice import Lead, Leads
from integrations.engine.recipients import Recipients
from integrations.engine.report import Route, held_by, report_of
from integrations.errors import RulesError, UnreadableBody, UnrecognizedPayload
from integrations.mail.auto_replies import auto_reply_events
from integrations.mail.duplicates import repeats as mails_again
from integrations.maintenance.matching import Windows, kept_of
from integrations.mapping import rules as mapping
from integrations.mapping.events import Action, Event
from integrations.mapping.paths import Scope
from integrations.models import InboundMessage, Integration
from integrations.routing import routing
from integrations.routing.routing import Routing
from opsportal.lib.text import clean

logger = logging.getLogger(__name__)

RETRIED_WITHIN = timedelta(minutes=15)
# The key that we made for an event without one, and that its sender was told.
MADE_KEY = "x-opsportal-dedup-key"
# What may page, and has to know whom.
PAGING = {Action.TRIGGER, Action.UPDATE}
_compiled: dict[tuple[int, datetime], mapping.Rules] = {}
_routings: dict[tuple[int, datetime], Routing] = {}


@dataclass(slots=True)
class Reading:
    """A message, what it says, and what has come of it."""

    message: InboundMessage
    integration: Integration | None = None
    events: list[Event] = field(default_factory=list)
    scopes: list[Scope] = field(default_factory=list)  # what the events were made of
    reports: list[Report] = field(default_factory=list)
    told: list[Event] = field(default_factory=list)  # the events that the reports stand for
    leads: list[Lead] = field(default_factory=list)  # the plans of the reports
    results: list[Outcome] = field(default_factory=list)
    failure: str = ""


def rules_of(integration: Integration) -> mapping.Rules:
    """The compiled rules of the integration as it is now."""
    key = (integration.pk, integration.changed_at)
    if key not in _compiled:
        if len(_compiled) > 2000:
            _compiled.clear()
        _compiled[key] = mapping.compile(integration.rules)
    return _compiled[key]


def routing_of(integration: Integration) -> Routing:
    """The compiled routing. One that cannot work any more is as none: the alert pages at once."""
    key = (integration.pk, integration.changed_at)
    if key not in _routings:
        if len(_routings) > 2000:
            _routings.clear()
        try:
            _routings[key] = routing.compile(integration.routing or {})
        except RulesError:
            logger.exception("The routing of integration %s does not work", integration.pk)
            _routings[key] = Routing()
    return _routings[key]


def received_of(message: InboundMessage) -> mapping.Received:
    """The message as rules see it. Raises UnreadableBody."""
    query = dict(parse_qsl(message.query, keep_blank_values=True))
    body = decode.decode(bytes(message.body), message.content_type, query)
    body = translate(message.route, body, message.headers)
    made_key = message.headers.get(MADE_KEY)
    if made_key and isinstance(body, dict) and not body.get("dedup_key"):
        body = {**body, "dedup_key": made_key}
    return mapping.Received(body, message.headers, query, message.received_at)


class Reader:
    """Reads a batch of messages; integrations, rules and plans are looked up once."""

    def __init__(self) -> None:
        self.urls: dict[int, list[Integration]] = {}
        self.leads = Leads()
        self.recipients = Recipients()
        self.windows = Windows()

    def read(self, rows: Sequence[InboundMessage]) -> list[Reading]:
        repeated = _repeated(rows)
        readings = [self._read(row) for row in rows]
        events = (event for reading in readings for event in reading.events)
        self.recipients.learn(event for event in events if event.action in PAGING)
        for reading in readings:
            if reading.integration and reading.events:
                self._report(reading, reading.integration, repeated.get(reading.message.pk))
        return readings

    def _read(self, message: InboundMessage) -> Reading:
        reading = Reading(message)
        try:
            self._take(reading, received_of(message))
        except (UnreadableBody, UnrecognizedPayload, RulesError) as error:
            reading.failure = clean(f"{error}")
        return reading

    def _take(self, reading: Reading, received: mapping.Received) -> None:
        """By the first enabled integration on the URL whose filters accept the message."""
        refusals = []
        for integration in self._on_url(reading.message.integration_id):
            rules = rules_of(integration)
            refusal = rules.accepts(received)
            if refusal is None:
                reading.integration = integration
                unwanted = auto_reply_events(reading.message.content_type, received.body)
                if unwanted:
                    reading.events = unwanted
                else:
                    pairs = rules.scoped_events(received)
                    reading.events = [event for event, _ in pairs]
                    reading.scopes = [scope for _, scope in pairs]
                return
            refusals.append(f"{integration.name}: {refusal}")
        reading.failure = "; ".join(refusals) or "No enabled integration is left on this URL"

    def _on_url(self, integration_id: int | None) -> list[Integration]:
        if integration_id is None:
            return []
        if integration_id not in self.urls:
            own = Integration.objects.filter(pk=integration_id)
            same = Integration.objects.beside(own).filter(is_enabled=True)
            # One that was disabled since still owes its answer to what it has accepted.
            self.urls[integration_id] = list(
                same.select_related("service", "conference_bridge")
            ) or list(own)
        return self.urls[integration_id]

    def _report(self, reading: Reading, integration: Integration, repeats: int | None) -> None:
        told = routing_of(integration)
        for event, scope in zip(reading.events, reading.scopes, strict=False):
            if event.action and not event.error:
                route = self._route(event, scope, integration, told, reading.message.received_at)
                report = report_of(event, integration, reading.message, route)
                reading.told.append(event)
                reading.reports.append(replace(report, repeats=repeats))
                reading.leads.append(route.lead)

    def _route(
        self, event: Event, scope: Scope, integration: Integration, told: Routing, at: datetime
    ) -> Route:
        """Whom the event reaches, when, and together with which others."""
        lead = self.leads.of(integration, told.override(event, scope, at))
        if event.action not in PAGING:
            return Route(lead, expires_at=told.expires_at(event, at))
        users, teams, unknown = self.recipients.of(event)
        window = self.windows.active_for(integration, event, scope, at)
        return Route(
            lead.told_to(users, [*teams, *told.teams(event, scope)]),
            hold=held_by(window, told.hold(at)),
            group=told.group(integration.pk, scope, at),
            expires_at=told.expires_at(event, at),
            suppressed_by=window.name if window else "",
            unknown=unknown,
            kept=kept_of(integration, event) if window else {},
        )


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
    return found | mails_again(rows)
