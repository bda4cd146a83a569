"""Who is told of the incidents of a policy, of what, when, and by what: for its page."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Prefetch, Q, QuerySet

from escalation.admin.condition_words import label_of, word_of
from escalation.admin.step_channels import format_channels
from escalation.admin.step_channels import label_of as channel_label
from escalation.choices import ActionKind
from escalation.models import Policy, Step, Target, Workflow
from incidents.models import Service, User
from notifications.models import CatchAll, ServiceNotificationSettings
from opsportal.lib.durations import format_duration

OWN_RULES = "each person's own rules"
TELLING = (ActionKind.NOTIFY, ActionKind.WEBHOOK, ActionKind.RESPONDERS)
# The switches of a service, and when its shared channels are told by each.
SWITCHES = {
    "on_triggered": "opened",
    "on_acknowledged": "acknowledged",
    "on_resolved": "resolved or merged",
    "on_sla_warning": "near its SLA",
    "on_sla_breach": "past its SLA",
}
SLA_PEOPLE = {"sla_tells_owner": "The assignee", "sla_tells_managers": "Managers of its team"}


@dataclass(frozen=True, slots=True)
class Communication:
    """One row: whom it tells, when, by what; ``url`` is where that is set, or ""."""

    who: str
    when: str
    by: str
    url: str = ""


def communications_of(policy: Policy, reader: User) -> list[Communication]:
    """Everything by which people and channels hear of its incidents, as far as the reader may
    see it."""
    return [
        *_pages(policy),
        _catch_all(),
        *_services(policy, reader),
        *_workflows(policy, reader),
        Communication("Whoever was paged", "resolved or merged", "the same, if it wakes nobody"),
        Communication("Watchers, also Stakeholders", "every change, note and status", OWN_RULES),
        Communication("Topics of the incident", "with the first step", OWN_RULES),
    ]


def workflows_of(policy: Policy) -> QuerySet[Workflow]:
    """The workflows that are attached to it, or are for all incidents."""
    return Workflow.objects.filter(_is_attached(policy)).distinct()


def _is_attached(policy: Policy) -> Q:
    return Q(for_all=True) | Q(policies=policy.pk or 0)


def _pages(policy: Policy) -> Iterator[Communication]:
    named = ("user", "team", "shared_channel", "schedule", "round_robin")
    targets = Prefetch("targets", Target.objects.select_related(*named))
    steps = policy.steps.prefetch_related(targets)
    for number, step in enumerate(steps, start=1):
        told = ", ".join(map(str, step.targets.all())) or "nobody"
        rows = [channel_label(format_channels([row])) for row in step.step_channels]
        yield Communication(told, _when(step, number), ", ".join(rows) or OWN_RULES)


def _when(step: Step, number: int) -> str:
    words = [f"step {number}"]
    words.append(f"after {format_duration(step.wait_seconds)}" if step.wait_seconds else "at once")
    if step.retries:
        words.append(f"{step.retries}× again every {format_duration(step.retry_seconds)}")
    words += [label_of(word_of(row)) for row in step.when]
    return ", ".join(words)


def _catch_all() -> Communication:
    row = CatchAll.objects.first()
    told = [*row.users.all(), *row.channels.all()] if row else []
    names = ", ".join(map(str, told)) or "nobody: the portal has no catch-all"
    return Communication(names, "all steps are taken, and nobody has it", OWN_RULES)


def _using(policy: Policy, reader: User) -> QuerySet[Service]:
    """The services whose incidents it pages, by themselves or by one of their integrations."""
    uses = Q(default_policy__policy=policy) | Q(integrations__policy=policy)
    return Service.objects.visible_to(reader).filter(uses)


def _services(policy: Policy, reader: User) -> Iterator[Communication]:
    services = _using(policy, reader).values("pk")
    rows = ServiceNotificationSettings.objects.filter(service__in=services)
    for row in rows.select_related("service").prefetch_related("channels").order_by("service"):
        url = row.service.get_absolute_url()
        events = ", ".join(word for name, word in SWITCHES.items() if getattr(row, name))
        channels = row.channels.all() if events else []
        for channel in channels:
            yield Communication(str(channel), f"{row.service}: {events}", "a shared channel", url)
        for name, who in SLA_PEOPLE.items():
            if getattr(row, name):
                when = f"{row.service}: near its SLA, past its SLA"
                yield Communication(who, when, OWN_RULES, url)


def _workflows(policy: Policy, reader: User) -> Iterator[Communication]:
    if not reader.has_perm("escalation.Workflows_View"):
        return
    telling = Workflow.objects.filter(is_enabled=True, actions__kind__in=TELLING)
    of_services = Q(services__in=_using(policy, reader).values("pk"))
    for row in telling.filter(_is_attached(policy) | of_services).distinct():
        url = row.get_absolute_url()
        yield Communication("Whom a workflow names", row.starts, str(row), url)
