"""Tests of an integration: whom they notify, and keys of their own."""

import hashlib
from dataclasses import replace

from escalation.choices import TargetKind
from escalation.plans.plan import Plan, PlanStep, PlanTarget, SelectedPlan
from incidents.report import Report
from integrations.engine.report import Route
from integrations.models import InboundMessage

TestAudience = InboundMessage.TestAudience
LOGGED = "Log only: nothing was opened, changed or closed by this"


def is_logged_only(message: InboundMessage) -> bool:
    """Whether the message is a test that changes no incident."""
    return message.test_audience == TestAudience.LOG


def route_of_test(route: Route, message: InboundMessage) -> Route:
    """The route of an event of this message. A test for one person pages them alone, at once."""
    if not message.test_audience:
        return route
    if message.test_audience == TestAudience.ME:
        return Route(_plan_for(message.test_user_id), expires_at=route.expires_at)
    group = route.group
    return replace(route, group=group and replace(group, key=_own_key(message, group.key)))


def report_of_test(report: Report, message: InboundMessage) -> Report:
    """The report of an event of this message. What a test opens, only such a test repeats or
    closes: it never takes part in a real alert, nor takes one in."""
    if not message.test_audience:
        return report
    only = message.test_user_id if message.test_audience == TestAudience.ME else None
    return replace(
        report,
        key=_own_key(message, report.key),
        by_id=report.by_id or message.test_user_id,
        test_recipient_id=only,
    )


def _plan_for(user_id: int | None) -> SelectedPlan:
    """One step that pages one person."""
    targets = (PlanTarget(TargetKind.USER, user_id),) if user_id else ()
    return SelectedPlan(Plan(name="A test", steps=(PlanStep(targets=targets),)))


def _own_key(message: InboundMessage, key: str) -> str:
    text = f"test:{message.test_audience}:{message.test_user_id}:{key}"
    return hashlib.sha256(text.encode()).hexdigest()
