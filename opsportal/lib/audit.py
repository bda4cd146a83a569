"""Who changes something, and by what way: for the rows of the audit log.

What comes by a request is found by ``opsportal.audit.middleware``. Other ways, such as an import,
say it with ``caused``; what says nothing is by the command that runs.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from django.core.exceptions import ObjectDoesNotExist


@dataclass(frozen=True, slots=True)
class Cause:
    """A person (None: nobody), their login, the way, such as ``page`` or ``API key deploy``, and
    the IP address, where there is one."""

    user_id: int | None = None
    email: str = ""
    via: str = ""
    address: str | None = None


_find: ContextVar[Callable[[], Cause] | None] = ContextVar("audit_cause", default=None)


@contextmanager
def caused(find: Callable[[], Cause]) -> Iterator[None]:
    """What is changed within it has this cause, which is only asked for where something is."""
    token = _find.set(find)
    try:
        yield
    finally:
        _find.reset(token)


def present_cause() -> Cause:
    """The cause of a change that is made now."""
    find = _find.get()
    return find() if find else Cause(via=_command())


def _command() -> str:
    is_command = len(sys.argv) > 1 and Path(sys.argv[0]).name == "manage.py"
    return f"command {sys.argv[1]}" if is_command else "portal"


def name_of(row: Any) -> str:
    """How the audit log names a row: ``escalation.schedule:7``."""
    return f"{row._meta.label_lower}:{row.pk}"


class AuditedPart:
    """A model whose rows are parts of others: their changes are shown with those of the whole.

    ``whole`` is the way to it, such as ``step.policy``.
    """

    whole: ClassVar[str]

    def get_additional_data(self) -> dict[str, str]:
        """What auditlog asks of a row that it logs; {} where the whole is gone."""
        row: Any = self
        try:
            for name in self.whole.split("."):
                row = getattr(row, name)
        except ObjectDoesNotExist:
            return {}
        return {"part_of": name_of(row)} if row is not None else {}
