"""The pipeline: a stored message → its body → events → reports that change incidents.

A message is read by the rules of the first integration on its URL whose filters accept it. Its
events are made one by one, as many as fit into a slice; what is pure has a budget of time.
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from escalation.workflows.enabled import EnabledWorkflows
from incidents.report import Replayed
from integrations.engine.audience import is_logged_only, report_of_test, route_of_test
from integrations.engine.filtered_ends import (
    EndFinder,
    keys_opened_by,
    may_be_of_another,
)
from integrations.engine.opening import open_message, read_for_all, rules_of
from integrations.engine.parsed import (
    LookedAt,
    OpenMessages,
    ParsedEvent,
    ParsedMessage,
)
from integrations.engine.plan_selection import PlanSelector, add_recipients
from integrations.engine.recipients import Recipients
from integrations.engine.replays import find_replayed
from integrations.engine.report import Route, first_hold, report_of
from integrations.engine.retries import find_retries
from integrations.engine.slices import Slice
from integrations.errors import NotAccepted, RulesError, UnreadableBody, UnrecognizedPayload
from integrations.maintenance.matching import WindowCache, attributes_of
from integrations.mapping.events import Action, Event
from integrations.mapping.paths import Scope
from integrations.models import InboundMessage, Integration
from integrations.routing import routing
from integrations.routing.routing import Routing
from opsportal.lib.text import clean
from opsportal.lib.time_budget import TimeBudgetExceeded, run_within

logger = logging.getLogger(__name__)

MAX_CACHED_RULES = 2000
MAX_PURE_S = 2.0  # at a time, to decode a message and to map what fits into a slice
MAX_MAPPING_S = 60.0  # of one message, in all its slices
# Actions that may page, and so need recipients.
PAGING = {Action.TRIGGER, Action.UPDATE}
_routings: dict[tuple[int, datetime], Routing] = {}
open_messages = OpenMessages()
kept_events = LookedAt()


def routing_of(integration: Integration) -> Routing:
    """The compiled routing. One that cannot work any more is as none: the alert pages at once."""
    key = (integration.pk, integration.changed_at)
    if key not in _routings:
        if len(_routings) > MAX_CACHED_RULES:
            _routings.clear()
        try:
            _routings[key] = routing.compile(integration.routing or {})
        except RulesError:
            logger.exception("The routing of integration %s does not work", integration.pk)
            _routings[key] = Routing()
    return _routings[key]


class MessageParser:
    """Parses batches of messages; integrations, plans, people and windows are looked up once, and
    so are the workflows that what it parses may start."""

    def __init__(self) -> None:
        self.by_url: dict[int, list[Integration]] = {}
        self.plans = PlanSelector()
        self.recipients = Recipients()
        self.windows = WindowCache()
        self.workflows = EnabledWorkflows()
        self.ends = EndFinder(keys_opened_by)

    def parse(
        self, rows: Sequence[InboundMessage], room: Slice | None = None
    ) -> list[ParsedMessage]:
        """One for each message, in their order, with the reports of its events.

        Only as many as fit into ``room``, but at least one, and at least one event of that.
        """
        room = room or Slice()
        self.ends.forget()
        messages: list[ParsedMessage] = []
        for row in rows:
            if room.is_full and messages:
                break
            messages.append(self._parse(row, room))
        retries = find_retries([parsed.message for parsed in messages])
        replayed = find_replayed(messages)
        events = (one.event for parsed in messages for one in parsed.events)
        self.recipients.load(event for event in events if event.action in PAGING)
        for parsed in messages:
            if parsed.integration:
                pk = parsed.message.pk
                self._report(parsed, parsed.integration, retries.get(pk), replayed.get(pk))
        return messages

    def _parse(self, message: InboundMessage, room: Slice) -> ParsedMessage:
        parsed = ParsedMessage(message)
        integrations = self._on_url(message.integration_id)
        try:
            run_within(MAX_PURE_S, _read_events, parsed, integrations, room)
        except (UnreadableBody, UnrecognizedPayload, RulesError) as error:
            parsed.failure = clean(f"{error}")
            parsed.is_refused = isinstance(error, NotAccepted)
        except TimeBudgetExceeded as error:
            # What was mapped before counts: the next slice begins with what does not end.
            parsed.error = None if parsed.events else error
        if not (parsed.error or parsed.is_cut or message.events_done):
            self._pass_end(parsed, integrations)
        return parsed

    def _pass_end(self, parsed: ParsedMessage, integrations: Sequence[Integration]) -> None:
        """Give the end of an alert to the integration that opened it, whatever its filters say."""
        taker, events = parsed.integration, [one.event for one in parsed.events]
        try:
            candidates = [(one, rules_of(one)) for one in integrations]
            if not may_be_of_another(taker, events, candidates):
                if taker:
                    self.ends.note(taker, events)
                return
            readings = run_within(MAX_PURE_S, read_for_all, parsed.message, candidates)
        except (UnreadableBody, RulesError, TimeBudgetExceeded):
            return
        if found := self.ends.find(readings, taker):
            parsed.integration, parsed.failure = found[0], ""
            parsed.events = [ParsedEvent(event, scope) for event, scope in found[1]]
            parsed.total = len(parsed.events)

    def look(self, message: InboundMessage, limit: int) -> list[Event] | None:
        """The events of a message, which is not worked on yet; None if there are more than that.

        Raises UnreadableBody, UnrecognizedPayload, RulesError and TimeBudgetExceeded.
        """
        found: list[Event] = []
        integrations = self._on_url(message.integration_id)
        is_whole = run_within(MAX_PURE_S, _look, message, integrations, limit, found)
        return found if is_whole else None

    def _on_url(self, integration_id: int | None) -> list[Integration]:
        if integration_id is None:
            return []
        if integration_id not in self.by_url:
            own = Integration.objects.filter(pk=integration_id)
            same = Integration.objects.beside(own).filter(is_enabled=True)
            # One that was disabled since still owes its answer to what it has accepted.
            self.by_url[integration_id] = list(
                same.select_related("service", "conference_bridge")
            ) or list(own)
        return self.by_url[integration_id]

    def _report(
        self,
        parsed: ParsedMessage,
        integration: Integration,
        repeats: int | None,
        replays: Replayed | None,
    ) -> None:
        """Fill in the reports of the events that ask for something."""
        at = parsed.message.received_at
        for one in parsed.events:
            if one.scope is not None and one.event.action and not one.event.error:
                if is_logged_only(parsed.message):
                    one.is_logged_only = True
                    continue
                route = self.route(one.event, one.scope, integration, at)
                route = route_of_test(route, parsed.message)
                report = report_of(one.event, integration, parsed.message, route)
                report = report_of_test(report, parsed.message)
                one.report, one.plan = replace(report, repeats=repeats, replays=replays), route.plan

    def route(self, event: Event, scope: Scope, integration: Integration, at: datetime) -> Route:
        """Whom the event reaches if it comes at an instant, when, and with which others."""
        compiled = routing_of(integration)
        plan = self.plans.select(integration, compiled.override(event, scope, at))
        if event.action not in PAGING:
            return Route(plan, expires_at=compiled.expires_at(event, at))
        users, teams, unknown = self.recipients.of(event)
        if topic := self.recipients.topic_of(event):
            users, teams = [*users, *topic.users], [*teams, *topic.teams]
        window = self.windows.active_for(integration, event, at)
        return Route(
            add_recipients(plan, users, [*teams, *compiled.teams(event, scope)]),
            hold=first_hold(window, compiled.hold(at)),
            group=compiled.group(integration.pk, scope, at),
            expires_at=compiled.expires_at(event, at),
            suppressed_by=window.name if window else "",
            unknown=unknown,
            owner_id=self.recipients.owner_of(event),
            topic=topic,
            attributes=attributes_of(integration, event) if window else {},
        )


def _read_events(parsed: ParsedMessage, integrations: Sequence[Integration], room: Slice) -> None:
    """Decode and match the message, where that was not done for an earlier slice of it, and make
    the events that come next."""
    opened = open_messages.take(parsed.message, integrations)
    opened = opened or kept_events.take(parsed.message, integrations)
    if opened is None:
        opened = open_message(parsed.message, integrations)
    parsed.integration, parsed.total = opened.integration, opened.total
    began_at, place = time.monotonic(), parsed.message.events_done
    while place < opened.total and not (room.is_full and parsed.events):
        parsed.events.append(opened.event(place))
        place += 1
        room.events += 1
    opened.spent_s += time.monotonic() - began_at
    if parsed.is_cut and opened.spent_s > MAX_MAPPING_S:
        done = f"{parsed.events_done} of {parsed.total} events are done"
        raise UnrecognizedPayload(f"it takes longer than {MAX_MAPPING_S:g} s to map; {done}")
    if parsed.is_cut:
        open_messages.keep(parsed.message, integrations, opened)


def _look(
    message: InboundMessage, integrations: Sequence[Integration], limit: int, found: list[Event]
) -> bool:
    opened = open_message(message, integrations)
    if opened.total > limit:
        return False
    events = [opened.event(place) for place in range(opened.total)]
    found += [one.event for one in events]
    kept_events.keep(message, integrations, replace(opened, event=events.__getitem__))
    return True
