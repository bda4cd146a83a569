"""Workflows, changed as whole documents."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from escalation.choices import ActionKind, Trigger
from escalation.models import Condition, Workflow, WorkflowAction
from escalation.policies.target_codes import target_from_code
from escalation.workflows.texts import KNOWN_FIELDS, unknown_fields
from incidents.choices import Priority, Severity, Urgency
from incidents.errors import InvalidRequest
from notifications.outbound import find_system

# What each kind of action needs: a column, or "targets" for anybody at all.
NEEDS: dict[ActionKind, str] = {
    ActionKind.NOTIFY: "targets",
    ActionKind.WEBHOOK: "shared_channel",
    ActionKind.OUTBOUND: "outbound_method",
    ActionKind.TICKET: "ticket_system",
    ActionKind.ASSIGN: "user",
    ActionKind.SEVERITY: "value",
    ActionKind.URGENCY: "value",
    ActionKind.PRIORITY: "value",
    ActionKind.NOTE: "text",
    ActionKind.RESPONDERS: "targets",
    ActionKind.POLICY: "policy",
    ActionKind.PLAY: "play",
    ActionKind.SNOOZE: "value",
    ActionKind.RESOLVE: "text",
    ActionKind.OPEN: "subject",
}
WORDS = {
    ActionKind.SEVERITY: Severity.values,
    ActionKind.URGENCY: Urgency.values,
    ActionKind.PRIORITY: Priority.values,
}
PEOPLE = ("to_recipients", "to_owner", "to_sender", "to_managers")
NEED_MINUTES = {Trigger.AFTER_ACKNOWLEDGEMENT, Trigger.WITHOUT_ACTIVITY, Trigger.UNANSWERED}
MAX_SNOOZE_MINUTES = 30 * 24 * 60


def action_problem(fields: dict[str, Any]) -> tuple[str, str] | None:
    """→ (field, sentence) for what is wrong with an action; None where nothing is."""
    kind = ActionKind(fields["kind"])
    needed = NEEDS[kind]
    names_anybody = fields.get("targets") or any(fields.get(name) for name in PEOPLE)
    if not (names_anybody if needed == "targets" else fields.get(needed)):
        return needed, f"{kind.label}: this is needed."
    if kind in WORDS and fields["value"] not in WORDS[kind]:
        return "value", f"Write one of {', '.join(WORDS[kind])}."
    if kind == ActionKind.SNOOZE and not _is_minutes(fields["value"]):
        return "value", f"Write minutes, from 1 to {MAX_SNOOZE_MINUTES}."
    return _words_problem(fields) or _targets_problem(fields) or _system_problem(fields)


def _system_problem(fields: dict[str, Any]) -> tuple[str, str] | None:
    service = fields.get("ticket_system")
    system = find_system(service.kind) if service else None
    if system and not system.has_tickets:
        return "ticket_system", f"{service} is no ticket system: send one of its methods."
    return None


def _is_minutes(text: str) -> bool:
    is_number = text.isascii() and text.isdecimal() and len(text) < 9
    return is_number and 1 <= int(text) <= MAX_SNOOZE_MINUTES


def _words_problem(fields: dict[str, Any]) -> tuple[str, str] | None:
    for name in ("subject", "text"):
        if unknown := unknown_fields(fields.get(name) or ""):
            return name, f"{{{unknown[0]}}} is no field. Known: {', '.join(KNOWN_FIELDS)}."
    return None


def _targets_problem(fields: dict[str, Any]) -> tuple[str, str] | None:
    for word in fields.get("targets") or []:
        try:
            target_from_code(str(word))
        except ValueError:
            return "targets", f"“{word}” is nobody, such as user:3 or team:5."
    return None


@transaction.atomic
def write_workflow(
    workflow: Workflow,
    *,
    conditions: Sequence[dict[str, Any]] | None = None,
    actions: Sequence[dict[str, Any]] | None = None,
) -> Workflow:
    """Its conditions and actions, where they are named, in their order.

    Raises InvalidRequest for one that is enabled and would never do anything.
    """
    if conditions is not None:
        workflow.conditions.all().delete()
        for row in conditions:
            Condition.objects.create(workflow=workflow, **row)
    if actions is not None:
        workflow.actions.all().delete()
        for position, row in enumerate(actions):
            WorkflowAction.objects.create(workflow=workflow, position=position, **row)
    note_enabled(workflow)
    return workflow


def note_enabled(workflow: Workflow) -> None:
    """Since when it runs. Raises InvalidRequest where it is enabled and has nothing to do."""
    if workflow.is_enabled and not workflow.actions.exists():
        raise InvalidRequest("is_enabled: a workflow needs an action before it is enabled.")
    if workflow.is_enabled == bool(workflow.enabled_at):
        return
    workflow.enabled_at = timezone.now() if workflow.is_enabled else None
    workflow.save(update_fields=["enabled_at"])


def timing_problem(fields: dict[str, Any]) -> tuple[str, str] | None:
    """→ (field, sentence) for a workflow that a time starts without saying which."""
    minutes_matter = fields["trigger"] in NEED_MINUTES
    if minutes_matter and not fields.get("minutes"):
        return "minutes", "Write after how many minutes."
    return None
