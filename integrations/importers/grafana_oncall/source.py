"""The lists of an installation, and what was chosen for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from integrations.importers.lists import Lists
from integrations.importers.neutral import RenderedShift
from integrations.importers.rows import Row


@dataclass(frozen=True)
class Source:
    """The lists of an installation, what was chosen, and the time."""

    lists: Lists
    choices: Mapping[str, str]
    now: datetime

    @cached_property
    def has_important_steps(self) -> bool:
        """Whether any step asks for the important rules of people. Raises FieldError."""
        return any(step.flag("important") for step in self.lists.rows("steps"))

    def final_shifts(self, schedule: Row) -> tuple[RenderedShift, ...]:
        """Who is on call according to the source. A list that names no schedule is that of the
        only one. Raises FieldError."""
        lists = self.lists.of("final_shifts", "of")
        rows = lists.get(schedule.text("id"), [])
        if not rows and len(self.lists.rows("schedules")) == 1:
            rows = lists.get("None", [])
        return tuple(
            RenderedShift(row.id("user_pk"), row.instant("shift_start"), row.instant("shift_end"))
            for row in rows
        )
