"""Simulator: what a message would do at a chosen time, by the real rules. Nothing is kept or sent.

The message takes the pipeline of real ones: filters, mapping, routing, overrides, maintenance
windows, recipients; then the ladder of the plan that it gets.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from escalation.plans.plan import Plan
from escalation.plans.progress import begin
from escalation.policies.ladder import LadderBuilder
from escalation.policies.low_urgency import opening_of
from escalation.policies.rungs import Case, Ladder
from escalation.policies.worst_minutes import Span, Start, worst_spans
from incidents.report import Suppression
from integrations.catalog import Sample
from integrations.engine.parsed import ParsedEvent, ParsedMessage
from integrations.engine.pipeline import PAGING, MessageParser
from integrations.models import InboundMessage, Integration

MAX_ALERTS = 10
JSON, FORM = "application/json", "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class SimulatedAlert:
    """One event and the ladder of the incident that it would open; None where it opens none, or
    where that pages nobody yet: ``reason`` says why."""

    action: str
    title: str
    case: Case
    plan: Plan
    starts_at: datetime | None
    reason: str = ""
    ladder: Ladder | None = None


@dataclass(frozen=True, slots=True)
class Simulated:
    """What becomes of a message: by which integration it is read, or why by none."""

    at: datetime
    integration: Integration | None = None
    failure: str = ""
    alerts: Sequence[SimulatedAlert] = ()
    total: int = 0


def message_of_body(integration: Integration, body: Any) -> InboundMessage:
    """A JSON body as a message."""
    return _unsaved(integration, json.dumps(body).encode(), JSON)


def message_of_text(integration: Integration, text: str) -> InboundMessage:
    """A pasted body: JSON, XML or a form."""
    return _unsaved(integration, text.encode("utf-8", "replace"), FORM)


def message_of_sample(integration: Integration, sample: Sample) -> InboundMessage:
    """A sample of the integration or of its template as a message."""
    body = sample.raw or json.dumps(sample.body).encode()
    return _unsaved(integration, body, sample.content_type, sample.headers)


def stored_message(integration: Integration, pk: int) -> InboundMessage | None:
    """A message of the log that came in on the URL of the integration, once more; None where
    there is none, or what it said was deleted."""
    beside = Integration.objects.beside(Integration.objects.filter(pk=integration.pk))
    row = InboundMessage.objects.filter(integration__in=beside, pk=pk).first()
    if row is None or row.is_body_pruned:
        return None
    message = _unsaved(integration, bytes(row.body), row.content_type, row.headers)
    message.query, message.route = row.query, row.route
    return message


def _unsaved(
    integration: Integration, body: bytes, content_type: str, headers: Any = None
) -> InboundMessage:
    """A message that was never received and is never stored."""
    return InboundMessage(
        pk=0,
        integration=integration,
        route="simulation",
        body=body,
        content_type=content_type,
        headers=dict(headers or {}),
    )


def simulate(message: InboundMessage, at: datetime) -> Simulated:
    """What the message would do if it came at an instant. An alert that is open by then, or an
    acknowledgement, is not thought of."""
    _, parsed = _parse(message, at)
    return _simulated(parsed, at)


def worst_minutes(message: InboundMessage, at: datetime) -> list[Span]:
    """The worst times of the following week for the first alert of the message; [] where it opens
    none."""
    parser, parsed = _parse(message, at)
    events = [one for one in parsed.events if one.report and one.event.action in PAGING]
    if not events or parsed.integration is None or events[0].scope is None:
        return []
    one, scope, integration = events[0], events[0].scope, parsed.integration

    def start_of(moment: datetime) -> Start:
        route = parser.route(one.event, scope, integration, moment)
        return _start(route.plan.plan, route.hold, _case(one, integration, moment))

    return worst_spans(_case(one, integration, at), start_of)


def _parse(message: InboundMessage, at: datetime) -> tuple[MessageParser, ParsedMessage]:
    parser = MessageParser()
    message.received_at = at
    [parsed] = parser.parse([message])
    return parser, parsed


def _simulated(parsed: ParsedMessage, at: datetime) -> Simulated:
    if parsed.failure or parsed.error:
        return Simulated(at, parsed.integration, parsed.failure or str(parsed.error))
    shown = parsed.events[:MAX_ALERTS]
    plans = [one.plan.plan for one in shown if one.plan]
    builder = LadderBuilder(plans, at, at)
    cases = [_case(one, parsed.integration, at) for one in shown]
    alerts = [_alert(one, case, builder) for one, case in zip(shown, cases, strict=True)]
    return Simulated(at, parsed.integration, "", alerts, parsed.total)


def _alert(one: ParsedEvent, case: Case, builder: LadderBuilder) -> SimulatedAlert:
    event = one.event
    action, report = str(event.action or ""), one.report
    if report is None or one.plan is None or event.action not in PAGING:
        reason = event.error or event.reason or "it opens no incident"
        return SimulatedAlert(action, event.subject, case, Plan(), None, reason)
    plan = one.plan.plan
    start = _start(plan, report.suppression, case)
    ladder = builder.ladder(plan, case, progress=begin(plan, start.at)) if start.at else None
    return SimulatedAlert(action, event.subject, case, plan, start.at, start.reason, ladder)


def _case(one: ParsedEvent, integration: Integration | None, at: datetime) -> Case:
    """The incident that an event would open, with the urgency that its service gives it then."""
    case = Case(at, severity=one.report.severity if one.report else one.event.severity)
    return case.of(integration.service) if integration else case


def _start(plan: Plan, hold: Suppression | None, case: Case) -> Start:
    """When paging begins: at once, at the end of what holds it back, or with further messages."""
    if hold is not None:
        return Start(plan, hold.until, hold.reason, case.urgency)
    opens = opening_of(case.service, case.urgency, plan, case.at) if case.service else None
    reason = "low urgency waits for the support hours" if opens else ""
    return Start(plan, opens or case.at, reason, case.urgency)
