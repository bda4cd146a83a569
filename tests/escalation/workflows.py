"""Workflows for tests."""

from itertools import count

from django.utils import timezone

from escalation.actions import start
from escalation.models import Workflow
from escalation.workflows import editing, execute
from tests.factories import make_policy, make_service, make_user

_numbers = count(1)
NOTE = {"kind": "note", "text": "By {number}"}


def make_workflow(trigger="status", *actions, conditions=(), **fields):
    """An enabled workflow for all incidents that adds a note where no action is named."""
    fields = {"is_enabled": True, "for_all": True, **fields}
    services = fields.pop("services", ())
    policies = fields.pop("policies", ())
    row = Workflow.objects.create(name=f"Workflow {next(_numbers)}", trigger=trigger, **fields)
    row.services.set(services)
    row.policies.set(policies)
    rows = [dict(zip(("field", "operator", "value", "stops"), one)) for one in conditions]  # noqa: B905
    editing.write_workflow(row, conditions=rows, actions=actions or [NOTE])
    return row


def begin(policy=None, severity="critical", by=None, **service):
    service = make_service(policy or make_policy(make_user()), **service)
    return start.open_incident(service, "Disk full", severity=severity, by=by)


def notes(incident):
    return list(incident.timeline.filter(verb="commented").values_list("text", flat=True))


def ran(incident):
    """What workflows did to it, in their order."""
    lines = incident.timeline.filter(verb="workflow_ran").order_by("pk")
    return list(lines.values_list("text", flat=True))


def run_due(now):
    """All that is due, and what it brings about."""
    while execute.run_due(max(now, timezone.now())):
        pass
