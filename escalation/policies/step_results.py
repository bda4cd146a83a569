"""What became of the messages of each step of a run, as the notifications say."""

from collections import defaultdict
from dataclasses import dataclass, field

from escalation.models import Run
from notifications.choices import NotificationState
from notifications.models import Notification

ARRIVED = {NotificationState.SENT, NotificationState.DELIVERED}


def page_key(run: Run) -> str:
    """What all notifications of the present step have in common."""
    return f"run:{run.pk}:{run.repeat}:{run.position}:{run.retry}"


@dataclass(slots=True)
class StepResult:
    """The states of the messages of one step, by recipient: people, or shared channels."""

    states: dict[tuple[int | None, int | None], set[str]] = field(
        default_factory=lambda: defaultdict(set)
    )

    @property
    def outcome(self) -> str:
        """``delivered`` to every recipient, ``partly`` to some, ``waiting`` while it is not known,
        ``superseded`` before it was sent, ``failed`` for all; ``nobody`` where none was written."""
        reached = [bool(states & ARRIVED) for states in self.states.values()]
        if not reached:
            return "nobody"
        every = set().union(*self.states.values())
        if all(reached):
            return "delivered"
        if NotificationState.WAITING in every:
            return "waiting"
        if any(reached):
            return "partly"
        return "failed" if NotificationState.FAILED in every else "superseded"


def step_results(run: Run) -> dict[int, StepResult]:
    """→ {position of the step: what became of its messages}, the catch-all after the last step.

    The line in the portal reaches nobody, and does not count.
    """
    rows = Notification.objects.filter(
        incident=run.incident_id, page_key__startswith=f"run:{run.pk}:"
    ).exclude(channel="inapp")
    found: dict[int, StepResult] = defaultdict(StepResult)
    for key, user, channel, state in rows.values_list(
        "page_key", "user", "shared_channel", "state"
    ):
        position = min(int(key.split(":")[3]), len(run.plan.steps))
        found[position].states[user, channel].add(state)
    return found
