"""What a run did and will do next, and whom, as its plan and the teams stand now."""

from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.auth import get_user_model

from escalation.actions.steps import is_taken
from escalation.models import Run, ServicePolicy
from escalation.plan import Plan, is_over
from escalation.plan_builder import Directory, plans_of_policies
from incidents.models import Incident, Service
from notifications.models import CatchAll, SharedChannel

User = get_user_model()


@dataclass(frozen=True, slots=True)
class Told:
    """A person or shared channel, and why it is them."""

    name: str
    why: str = ""
    user_id: int | None = None


@dataclass(frozen=True, slots=True)
class Stop:
    """One step as the page shows it: done, next or later, and when if that is known."""

    name: str
    state: str
    wait: int
    told: list[Told] = field(default_factory=list)
    at: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Outlook:
    """A run, where it stands, and its stops."""

    run: Run
    stops: list[Stop]
    is_paging: bool
    returns_at: datetime | None = None  # when an acknowledgement expires


class Names:
    """The names of people and channels, read once."""

    def __init__(self, plans: list[Plan]) -> None:
        self.directory = Directory(plans)
        targets = [t for plan in plans for step in plan["steps"] for t in step["targets"]]
        people = {t["id"] for t in targets if t["kind"] == "user"}
        people |= {user for plan in plans for user in plan["users"]}
        people |= {m.user_id for members in self.directory.members.values() for m in members}
        channels = {t["id"] for t in targets if t["kind"] == "shared_channel"}
        self.users = User.objects.active().in_bulk(people)
        self.channels = SharedChannel.objects.filter(is_enabled=True).in_bulk(channels)

    def told(self, plan: Plan, position: int, *, first: bool) -> list[Told]:
        """Whom a step tells; ``first`` adds the recipients of the integration."""
        step = plan["steps"][position]
        pairs: dict[int, str] = {}
        for target in step["targets"]:
            for user, why in self.directory.people(target, plan):
                pairs.setdefault(user, why)
        for user, why in self.directory.recipients(plan) if first else []:
            pairs.setdefault(user, why)
        shared = [t["id"] for t in step["targets"] if t["kind"] == "shared_channel"]
        return [
            *(Told(str(self.users[u]), why, u) for u, why in pairs.items() if u in self.users),
            *(Told(str(self.channels[c]), "shared channel") for c in shared if c in self.channels),
        ]


def outlook(incident: Incident) -> Outlook | None:
    """The run of the present round; None where there is none (any more)."""
    runs = incident.runs.select_related("policy", "play", "incident")
    run = runs.filter(paging_round=incident.paging_round).first() or runs.first()
    if run is None:
        return None
    names = Names([run.plan])
    is_paging = _is_paging(run)
    stops = [_stop(run, names, n, is_paging=is_paging) for n in range(len(run.plan["steps"]))]
    if not run.finished_at and not incident.is_resolved:
        stops.append(_end(run, is_paging=is_paging))
    returns_at = run.next_step_at if run.state == Run.State.PAUSED else None
    return Outlook(run, stops, is_paging, returns_at)


def _is_paging(run: Run) -> bool:
    """Whether a step will be taken: the incident decides, the run may be a moment behind."""
    incident = run.incident
    if incident.is_resolved or incident.status == Incident.Status.ON_HOLD or is_taken(run):
        return False
    return run.state == Run.State.ESCALATING and run.next_step_at is not None


def _stop(run: Run, names: Names, position: int, *, is_paging: bool) -> Stop:
    is_next = position == run.position and is_paging
    has_been = position < run.position or (run.retry > 0 and position == run.position)
    state = "next" if is_next else "done" if has_been or run.repeat > 0 else "later"
    step = run.plan["steps"][position]
    first = position == 0 and run.repeat == 0
    again = f"again, {run.retry} of {step['retries']}" if is_next and run.retry else ""
    return Stop(
        name=f"Step {position + 1}",
        state=state,
        wait=step["wait"],
        told=names.told(run.plan, position, first=first),
        at=run.next_step_at if is_next else None,
        note=again,
    )


def _end(run: Run, *, is_paging: bool) -> Stop:
    """The catch-all, after everything else."""
    is_next = is_paging and is_over(run.plan, run.place)
    state = "done" if run.state == Run.State.EXHAUSTED else "next" if is_next else "later"
    left = run.plan["repeats"] - run.repeat
    note = f"after {left} more time{'s' if left > 1 else ''} through all steps" if left > 0 else ""
    return Stop(
        name="Catch-all",
        state=state,
        wait=run.plan["pause"],
        told=catch_all() if state != "later" else [],
        at=run.next_step_at if is_next else None,
        note="" if is_next else note,
    )


def catch_all() -> list[Told]:
    """Who is told when nobody else is left."""
    row = CatchAll.objects.prefetch_related("users", "channels").first()
    if row is None:
        return []
    users = [Told(str(user), "catch-all", user.pk) for user in row.users.all() if user.is_active]
    return users + [Told(str(channel), "shared channel") for channel in row.channels.all()]


def first_told(services: list[Service]) -> dict[int, tuple[ServicePolicy | None, list[Told]]]:
    """For each service its policy, and who would be told first if something broke now."""
    found = ServicePolicy.objects.filter(service__in=services).select_related("policy")
    rows = {row.service_id: row for row in found}
    plans = plans_of_policies(row.policy for row in rows.values())
    names = Names(list(plans.values()))
    return {service.pk: _first(rows.get(service.pk), plans, names) for service in services}


def _first(
    row: ServicePolicy | None, plans: dict[int, Plan], names: Names
) -> tuple[ServicePolicy | None, list[Told]]:
    plan = plans[row.policy_id] if row else {"steps": []}
    for position in range(len(plan["steps"])):
        if told := names.told(plan, position, first=position == 0):
            return row, told
    return row, []
