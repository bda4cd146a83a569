"""The workflows that are enabled: asked for with each line of a timeline, or kept."""

import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cached_property
from typing import Any

from escalation.models import Workflow

KEPT_S = 5.0  # How old what this process knows of triggers may be.


class EnabledWorkflows:
    """The workflows that are enabled, looked up once, for who hears of it when they change."""

    @cached_property
    def rows(self) -> list[Workflow]:
        """With all that decides whether they run."""
        return list(Workflow.objects.enabled())

    @contextmanager
    def kept(self) -> Iterator[None]:
        """What is written within it asks these instead of the database."""
        token = _kept.set(self)
        try:
            yield
        finally:
            _kept.reset(token)


_kept: ContextVar[EnabledWorkflows | None] = ContextVar("enabled_workflows", default=None)


def enabled_workflows() -> list[Workflow]:
    """Those that are kept here; else as they are in the database."""
    return (_kept.get() or EnabledWorkflows()).rows


class _KnownTriggers:
    """What starts enabled workflows, as this process read it last."""

    def __init__(self) -> None:
        self.triggers: frozenset[str] = frozenset()
        self.read_at = float("-inf")

    def read(self) -> frozenset[str]:
        if time.monotonic() - self.read_at > KEPT_S:
            self.read_at = time.monotonic()
            rows = Workflow.objects.filter(is_enabled=True).order_by()
            self.triggers = frozenset(rows.values_list("trigger", flat=True))
        return self.triggers

    def forget(self, sender: Any, **kwargs: Any) -> None:
        self.read_at = float("-inf")


KNOWN_TRIGGERS = _KnownTriggers()


def is_any_enabled(triggers: Collection[str]) -> bool:
    """Whether a workflow with one of these triggers is enabled; within seconds of a change by
    another process, at once of one by this."""
    kept = _kept.get()
    known = {row.trigger for row in kept.rows} if kept else KNOWN_TRIGGERS.read()
    return not known.isdisjoint(triggers)
