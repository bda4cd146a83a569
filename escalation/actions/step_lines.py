"""What steps write on the timeline of their incidents."""

from datetime import datetime
from typing import Any

from escalation.models import Run
from escalation.plans.conditions import Verdict
from escalation.plans.plan import is_past_steps
from incidents.actions.timeline import entry
from incidents.choices import TimelineVerb
from incidents.models import TimelineEntry
from notifications.page import Page


def line_of_passing(run: Run, verdict: Verdict) -> TimelineEntry:
    """That its step waits for its hours, or was skipped, and why."""
    name, until = f"Step {run.position + 1}", verdict.waits_until
    facts: dict[str, Any] = {"run": run.pk, "repeat": run.repeat, "step": run.position + 1}
    if until:
        facts["until"] = until.isoformat()
    text = f"{name} {'waits for its hours' if until else 'was skipped'}: {verdict.reason}"
    return entry(run.incident, TimelineVerb.STEP_SKIPPED, text, via=run.plan.name, facts=facts)


def line_of_step(run: Run, wanted: list[Page], told: list[Page], now: datetime) -> TimelineEntry:
    """What the step did, for the timeline."""
    facts: dict[str, Any] = {
        "run": run.pk,
        "repeat": run.repeat,
        "step": run.position + 1,
        "retry": run.retry,
        "late_ms": round((now - (run.next_step_at or now)).total_seconds() * 1000),
        "users": [page.user_id for page in told if page.user_id],
        "channels": [page.shared_channel_id for page in told if page.shared_channel_id],
        "unreachable": [page.user_id for page in wanted if page.user_id and page not in told],
    }
    over = is_past_steps(run.plan, run.cursor)
    if over:
        facts["is_catch_all"] = True
    name = "The catch-all" if over else f"Step {run.position + 1}"
    verb = TimelineVerb.PAGED if told else TimelineVerb.NO_RECIPIENT
    line = entry(run.incident, verb, "", via=run.plan.name, facts=facts)
    if told:
        reasons = "; ".join(dict.fromkeys(_why(page, run) for page in told))
        line.text = f"{name}: {reasons}"
    elif wanted:
        line.text = f"{name} reached nobody: nobody it names has a usable address"
    elif over:
        line.text = "Nobody is left to tell: the portal has no catch-all"
    else:
        line.text = f"{name} reached nobody: it names nobody who can be told"
    return line


def step_reason(run: Run) -> str:
    """Which step of what pages, as the messages of it begin."""
    return f"step {run.position + 1} of {run.plan.name or 'the recipients'}"


def _why(page: Page, run: Run) -> str:
    """The reason without the step, which the line names already."""
    reason = page.reason.removeprefix(step_reason(run)).removeprefix("catch-all")
    return reason.removeprefix(": ") or "a shared channel"
