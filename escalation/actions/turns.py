"""The turns of round robins: taken under a lock, when a run comes to a step for the first time."""

from collections.abc import Sequence
from functools import cached_property

from escalation.choices import TargetKind
from escalation.models import RoundRobin, Run
from escalation.plans.round_robin import Ring, asks_anew
from escalation.policies.directory import Directory
from escalation.policies.round_robin_rows import read_rings, turn_key


class TurnKeeper:
    """The round robins of a batch of runs. All are locked when the first of them is asked, in the
    order of their ids, so that two batches never wait for each other."""

    def __init__(self, directory: Directory, runs: Sequence[Run]) -> None:
        self.directory = directory
        self.ids = set(directory.rings) if runs else set()
        self.changed: set[int] = set()

    @cached_property
    def rings(self) -> dict[int, Ring]:
        """As they stand, locked."""
        self.directory.rings |= read_rings(self.ids, locks=True)
        return self.directory.rings

    def take(self, run: Run) -> dict[str, str]:
        """→ {key: entry} for the step that the run stands at. A retry asks the same again, and so
        does a repeat where the round robin says so."""
        for target in run.plan.steps[run.position].targets if self.ids else ():
            if target.kind != TargetKind.ROUND_ROBIN or target.places_on or not target.id:
                continue
            key = turn_key(run.plan, run.position, target)
            known = run.turns.get(key, {}).get("repeat")
            # As it was read: a turn that is kept needs no lock.
            if not asks_anew(
                self.directory.rings.get(target.id, Ring("", ())), known, run.repeat, run.retry
            ):
                continue
            if target.id not in self.rings:
                continue
            code = self.directory.take_turn(target.id)
            if code is not None:
                run.turns = {**run.turns, key: {"entry": code, "repeat": run.repeat}}
                self.changed.add(target.id)
        return entries_of(run)

    def save(self) -> None:
        """Whose turn it is next, for those that were asked."""
        for pk in sorted(self.changed):
            ring = self.rings[pk]
            columns = {"next_index": ring.next_index, "skipped": list(ring.skipped)}
            RoundRobin.objects.filter(pk=pk).update(**columns)


def entries_of(run: Run) -> dict[str, str]:
    """→ {key: the entry that a round robin chose for the run}."""
    return {key: chosen["entry"] for key, chosen in run.turns.items()}
