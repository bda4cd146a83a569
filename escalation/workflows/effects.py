"""What each action of a workflow does. Each returns a sentence for the timeline, or raises."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from escalation.actions import start
from escalation.actions.add_responders import add_responders
from escalation.actions.edit import edit
from escalation.actions.start import RunStart, start_runs
from escalation.choices import ActionKind
from escalation.models import WorkflowAction, WorkflowRun
from escalation.plans.plan import Plan
from escalation.policies.plan_builder import plan_of_play
from escalation.workflows import recipients
from escalation.workflows.starting import OWN_PAGES, via_of
from escalation.workflows.subjects import Subject, subject_of
from escalation.workflows.texts import fill
from incidents.actions import respond, restart
from incidents.choices import Urgency
from incidents.errors import InvalidRequest
from incidents.models import Incident
from notifications.actions import outbound, page
from notifications.choices import NotificationEvent
from notifications.page import Page


@dataclass
class Effect:
    """One action of a run that is being taken."""

    action: WorkflowAction
    run: WorkflowRun
    now: datetime

    @property
    def number(self) -> int:
        return self.run.incident_id

    @cached_property
    def incident(self) -> Incident:
        """The incident as the actions before have left it."""
        rows = Incident.objects.select_related("service__team", "assignee")
        return rows.get(pk=self.run.incident_id)

    @cached_property
    def subject(self) -> Subject:
        return subject_of(self.run)

    @property
    def who(self) -> dict[str, Any]:
        """Who acts, as `incidents.actions` take it: a machine, or the person who ran it."""
        return {"by": self.run.by, "via": via_of(self.run.workflow_id)}

    @property
    def key(self) -> str:
        """The page key of what it sends: the same for one time of one run."""
        return f"{OWN_PAGES}{self.run.pk}:{self.run.times}:{self.action.pk}"

    def text(self) -> str:
        return self.fill(self.action.text)

    def fill(self, text: str) -> str:
        """The text with the values of what the run is about."""
        return fill(text, self.incident, self.subject)


def notify(effect: Effect) -> str:
    """Tell people and shared channels, with words of one's own.

    Raises InvalidRequest where nobody can be reached.
    """
    users, channels = recipients.found(effect.action, effect.incident, effect.now)
    reached = set()
    if users or channels:
        common = _page(effect)
        pages = [replace(common, user_id=user) for user in users]
        pages += [replace(common, shared_channel_id=channel) for channel in channels]
        reached = page.page(pages, now=effect.now)
    if not reached:
        raise InvalidRequest("nobody was notified: it names nobody who can be reached.")
    return f"notified {len(reached)} recipient{'s' * (len(reached) != 1)}"


def webhook(effect: Effect) -> str:
    """Call a shared channel: it is tried again as every notification is.

    Raises InvalidRequest where it is switched off or gone.
    """
    channel = effect.action.shared_channel
    pages = [replace(_page(effect), shared_channel_id=channel.pk)] if channel else []
    if not page.page(pages, now=effect.now):
        raise InvalidRequest(f"{channel or 'the webhook'} is switched off or gone.")
    return f"called {channel}"


def send_out(effect: Effect) -> str:
    """Send a method of an outbound service: it is tried again by itself.

    Raises InvalidRequest where it is switched off or gone.
    """
    method = effect.action.outbound_method
    if method is None:
        raise InvalidRequest("the method of the service is gone.")
    outbound.call(method, effect.number, key=effect.key, **effect.who)
    return f"sent {method}"


def open_ticket(effect: Effect) -> str:
    """Open the incident's ticket, unless it has one there. Raises InvalidRequest as above."""
    system = effect.action.ticket_system
    if system is None:
        raise InvalidRequest("the ticket system is gone.")
    outbound.open_ticket(system, effect.number, **effect.who)
    return f"asked for a ticket in {system}"


def _page(effect: Effect) -> Page:
    """What the action tells, to nobody yet."""
    action, incident = effect.action, effect.incident
    return Page(
        incident_id=incident.pk,
        page_key=effect.key,
        reason=f"the workflow “{effect.run.workflow}”",
        urgent=incident.urgency == Urgency.HIGH,
        paging_round=incident.paging_round,
        event=NotificationEvent.WORKFLOW,
        is_announcement=True,
        subject=effect.fill(action.subject)[:200],
        text=effect.text(),
    )


def assign(effect: Effect) -> str:
    """Give the incident to the person. Raises InvalidRequest where none is named."""
    if effect.action.user is None:
        raise InvalidRequest("it names nobody.")
    respond.assign(effect.number, effect.action.user, **effect.who)
    return f"assigned to {effect.action.user}"


def change(effect: Effect) -> str:
    """Another severity, urgency or priority."""
    action = effect.action
    wanted: dict[str, Any] = {action.kind: action.value, **effect.who}
    edit(effect.number, **wanted)
    return f"{action.kind} {action.value}"


def note(effect: Effect) -> str:
    """Comment on the incident, in words that its fields fill."""
    respond.comment(effect.number, effect.text(), **effect.who)
    return "added a note"


def responders(effect: Effect) -> str:
    """Page people beside the policy. Raises InvalidRequest where none can be paged."""
    users, _ = recipients.found(effect.action, effect.incident, effect.now)
    if not users:
        raise InvalidRequest("it names nobody who can be paged.")
    add_responders(effect.number, users=users, page_key=effect.key, **effect.who)
    return f"paged {len(users)} in addition"


def run_policy(effect: Effect) -> str:
    """Page by another policy from now on.

    Raises InvalidRequest where it is resolved, or the policy is not enabled: the run goes on as
    it was.
    """
    policy = effect.action.policy
    if policy is not None:
        start.require_enabled(policy)
    begin = RunStart.by_policy(effect.number, policy)
    return _run(effect, begin, f"the policy {policy}")


def run_play(effect: Effect) -> str:
    """Page by a response play from now on. Raises InvalidRequest where it is resolved."""
    play = effect.action.play
    plan = plan_of_play(play) if play else Plan()
    begin = RunStart(effect.number, plan, play_id=play.pk if play else None)
    return _run(effect, begin, f"the play {play}")


def _run(effect: Effect, begin: RunStart, name: str) -> str:
    """A new paging round by another plan."""
    if effect.incident.is_resolved:
        raise InvalidRequest("it is resolved already.")
    restart.start_again(effect.number, text=f"By {name}", **effect.who)
    start_runs([begin], now=effect.now)
    return f"ran {name}"


def snooze(effect: Effect) -> str:
    """Put the incident on hold for the minutes in ``value``."""
    until = effect.now + timedelta(minutes=int(effect.action.value))
    respond.snooze(effect.number, until, reason=effect.text(), **effect.who)
    return f"put it on hold for {effect.action.value} min"


def resolve(effect: Effect) -> str:
    """Resolve the incident, with a note."""
    respond.resolve(effect.number, note=effect.text(), **effect.who)
    return "resolved it"


def open_incident(effect: Effect) -> str:
    """Open another incident: of the service that is named, else of the same one."""
    service = effect.action.service or effect.incident.service
    title = effect.fill(effect.action.subject) or effect.incident.title
    fields: dict[str, Any] = {
        "description": effect.text(),
        "is_private": effect.incident.is_private,
    }
    opened = start.open_incident(service, title, **fields, **effect.who)
    return f"opened #{opened.pk}"


EFFECTS: dict[ActionKind, Callable[[Effect], str]] = {
    ActionKind.NOTIFY: notify,
    ActionKind.WEBHOOK: webhook,
    ActionKind.OUTBOUND: send_out,
    ActionKind.TICKET: open_ticket,
    ActionKind.ASSIGN: assign,
    ActionKind.SEVERITY: change,
    ActionKind.URGENCY: change,
    ActionKind.PRIORITY: change,
    ActionKind.NOTE: note,
    ActionKind.RESPONDERS: responders,
    ActionKind.POLICY: run_policy,
    ActionKind.PLAY: run_play,
    ActionKind.SNOOZE: snooze,
    ActionKind.RESOLVE: resolve,
    ActionKind.OPEN: open_incident,
}
