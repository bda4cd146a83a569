"""A plan comes true: kind by kind, each object by itself, and once more where it was interrupted.

A kind is one transaction, a very large one several. What was done is found again by its id at the
source, so an import that was interrupted, or is done twice, makes nothing twice.
"""

import logging
import time
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, Protocol

from django.core.exceptions import ObjectDoesNotExist
from django.db import DataError, IntegrityError, InterfaceError, OperationalError, transaction
from django.db.models import Model
from django.utils import timezone

from incidents.errors import DomainError
from incidents.models import User
from incidents.models.audit import written_together
from integrations.errors import RulesError
from integrations.importers.neutral import Export, Kind
from integrations.importers.plan import Action, Here, Line, Verdict
from integrations.importers.planning import plan
from integrations.importers.references import fingerprint, lost, ref_of
from integrations.importers.sources import label_of
from integrations.models import ImportedObject, ImportRun
from integrations.setup.imports import covers, paging, people, report
from integrations.setup.imports.context import Context
from integrations.setup.imports.here import emails, here_for
from integrations.setup.imports.states import TABLES, states
from opsportal.lib import advisory_locks
from opsportal.lib.advisory_locks import Lock
from opsportal.lib.audit import Cause, caused
from opsportal.lib.encryption import SecretUnreadable

logger = logging.getLogger(__name__)

MAX_OBJECTS = 200  # in one transaction
MAX_TOGETHER = 25  # in one savepoint
MAX_SOURCE_ID = 300  # characters
Made = tuple[Line, int, str]  # a line, the id of our object, the fingerprint of theirs
# What one object of a source may be refused for, while the others go on.
DATABASE_REFUSALS = (IntegrityError, DataError)
REFUSALS = (DomainError, RulesError, ObjectDoesNotExist, ValueError)
# Of which no object is the reason: the others cannot be written either.
FATAL = (OperationalError, InterfaceError, SecretUnreadable)
DEFECT = "It could not be written, by a defect of this portal: its log has the error."


class Writer(Protocol):
    """Makes our object of a neutral one, changes it, or joins it with one that is here."""

    def create(self, one: Any, line: Line, context: Context) -> Model: ...

    def update(self, one: Any, line: Line, row: Any, context: Context) -> Model: ...

    def join(self, one: Any, row: Any, context: Context) -> Model: ...


WRITERS: dict[Kind, Writer] = {
    Kind.PERSON: people.PersonWriter(),
    Kind.CONTACT_METHOD: people.ContactMethodWriter(),
    Kind.TEAM: people.TeamWriter(),
    Kind.SCHEDULE: paging.ScheduleWriter(),
    Kind.OVERRIDE: paging.OverrideWriter(),
    Kind.ABSENCE: people.AbsenceWriter(),
    Kind.COVER: covers.CoverWriter(),
    Kind.POLICY: paging.PolicyWriter(),
    Kind.SERVICE: paging.ServiceWriter(),
    Kind.INTEGRATION: paging.IntegrationWriter(),
}


def apply(run_id: int, export: Export, by: User, *, budget_s: float | None = None) -> bool:
    """Do what is still to be done of a run, for so many seconds; True when that is all of it. The
    audit log names whoever imports, and the import as the way."""
    cause = Cause(by.pk, by.email, f"import from {label_of(export.source)}")
    with caused(lambda: cause):
        return _apply(run_id, export, by, budget_s)


def _apply(run_id: int, export: Export, by: User, budget_s: float | None) -> bool:
    ends_at = None if budget_s is None else time.monotonic() + budget_s
    run = ImportRun.objects.get(pk=run_id)
    here = here_for(run.source)
    lines = plan(export, run.choices, here)
    pending = [line for line in lines if line.action != Action.NOTHING]
    _begin(run_id, lines, pending)
    context = _context(export, by, lines, here)
    for part in _slices(pending):
        if ends_at is not None and time.monotonic() > ends_at:
            return False
        context = _apply_slice(run_id, part, context)
    ImportRun.objects.filter(pk=run_id).update(
        state=ImportRun.State.APPLIED, applied_at=timezone.now(), message=""
    )
    return True


def _slices(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Each kind by itself, a very large one in parts."""
    for _, group in groupby(lines, key=lambda line: line.ref[0]):
        of_kind = list(group)
        for start in range(0, len(of_kind), MAX_OBJECTS):
            yield of_kind[start : start + MAX_OBJECTS]


def _begin(run_id: int, lines: Sequence[Line], pending: Sequence[Line]) -> None:
    """The report begins with what needs nothing done; what was done before stays in it."""
    with transaction.atomic():
        run: ImportRun = ImportRun.objects.select_for_update(no_key=True).get(pk=run_id)
        is_first = run.state != ImportRun.State.APPLYING or not run.report
        before = [] if is_first else run.report
        reported = {(row["kind"], row["id"]) for row in before}
        idle = [line for line in lines if line.action == Action.NOTHING]
        fresh = [line for line in idle if (line.ref[0].value, line.ref[1]) not in reported]
        run.report = report.merged(before, map(report.row_of, fresh))
        run.state, run.message = ImportRun.State.APPLYING, ""
        run.done, run.total = len(lines) - len(pending), len(lines)
        run.worked_at = timezone.now()
        run.save(update_fields=["report", "state", "message", "done", "total", "worked_at"])


def _context(export: Export, by: User, lines: Sequence[Line], here: Here) -> Context:
    return Context(
        by,
        label_of(export.source),
        objects={ref_of(line.one): line.one for line in lines},
        ids={ref: known.object_id for ref, known in here.known.items()},
        joined={ref for ref, known in here.known.items() if known.is_joined},
        deleted=here.deleted(),
    )


def _apply_slice(run_id: int, lines: Sequence[Line], context: Context) -> Context:
    """Some objects of one kind, in one transaction; returns what is known after it."""
    with transaction.atomic(), written_together():
        advisory_locks.lock(Lock.IMPORT)
        run: ImportRun = ImportRun.objects.select_for_update(no_key=True).get(pk=run_id)
        _skip_done(run, lines, context)
        context.emails, context.methods = emails(), {}
        made, rows = list[Made](), list[report.Row]()
        pending = [line for line in lines if line.ref not in context.done]
        for start in range(0, len(pending), MAX_TOGETHER):
            context, more = _apply_few(pending[start : start + MAX_TOGETHER], context, made)
            rows += more
        context.write_pending()
        _note(run, made)
        run.report = report.merged(run.report, rows)
        run.done, run.worked_at = run.done + len(lines), timezone.now()
        run.save(update_fields=["report", "done", "worked_at"])
    return context


def _skip_done(run: ImportRun, lines: Sequence[Line], context: Context) -> None:
    """What another run has done since this one was planned is not done again."""
    kind = lines[0].ref[0]
    done = ImportedObject.objects.filter(
        source=run.source, kind=kind.value, imported_at__gte=context.planned_at
    )
    for number, object_id in done.values_list("source_id", "object_id"):
        context.noted((kind, number), object_id)
        context.done.add((kind, number))


def _apply_few(
    lines: Sequence[Line], context: Context, made: list[Made]
) -> tuple[Context, list[report.Row]]:
    """A few objects in one savepoint; where one of them is refused, each in its own."""
    tried, found = context.copy(), list[Made]()
    try:
        with transaction.atomic(), written_together():
            rows = [_apply_one(line, tried, found) for line in lines]
    except FATAL:
        raise
    except Exception:  # noqa: BLE001 - of which one it is, and what, is found out one by one
        rows = []
    if not rows:
        return context, [_apply_alone(line, context, made) for line in lines]
    made += found
    return tried, rows


def _apply_alone(line: Line, context: Context, made: list[Made]) -> report.Row:
    """One object, in a savepoint; its row of the report, which says why it is refused. A defect of
    ours leaves the others as well, and is logged."""
    try:
        with transaction.atomic(), written_together():
            return _apply_one(line, context, made)
    except DATABASE_REFUSALS:
        return report.row_of(line, "It contradicts something that is here, or is too long.")
    except REFUSALS as refusal:
        return report.row_of(line, str(refusal) or type(refusal).__name__)
    except FATAL:
        raise
    except Exception:
        logger.exception("The %s %s of an import could not be written", *line.ref)
        return report.row_of(line, DEFECT)


def _apply_one(line: Line, context: Context, made: list[Made]) -> report.Row:
    """One object; its row of the report. Raises what is among REFUSALS, and DATABASE_REFUSALS."""
    if len(line.ref[1]) > MAX_SOURCE_ID:
        return report.row_of(line, f"Its id has more than {MAX_SOURCE_ID} characters.")
    row = _write(line, context)
    context.noted(line.ref, row.pk)
    found = report.row_of(line) | {"object_id": row.pk}
    if new := [text for text in lost(line.one, context.resolve) if text not in line.sentences]:
        found["sentences"] += new
        found["verdict"] = Verdict.APPROXIMATE.value
    made.append((line, row.pk, fingerprint(line.one, context.ids.get)))
    return found


def _write(line: Line, context: Context) -> Model:
    kind, _ = line.ref
    writer, one = WRITERS[kind], line.one
    if line.action == Action.CREATE:
        return writer.create(one, line, context)
    row = TABLES[kind][0]().get(pk=line.object_id)
    if line.action == Action.JOIN:
        context.joined.add(line.ref)
        return writer.join(one, row, context)
    return writer.update(one, line, row, context)


def _note(run: ImportRun, made: Sequence[Made]) -> None:
    """That our objects, all of one kind, are what these of the source have become."""
    if not made:
        return
    kind, now = made[0][0].ref[0], timezone.now()
    left = states(kind, [object_id for _, object_id, _ in made])
    rows = [
        ImportedObject(
            source=run.source,
            kind=kind.value,
            source_id=line.ref[1],
            name=line.name[:200],
            object_id=object_id,
            is_joined=line.action == Action.JOIN,
            fingerprint=mark,
            state=left[object_id],
            imported_at=now,
            run=run,
        )
        for line, object_id, mark in made
    ]
    written = ["name", "object_id", "is_joined", "fingerprint", "state", "imported_at", "run"]
    ImportedObject.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["source", "kind", "source_id"],
        update_fields=written,
    )
