"""Imports as people do them: upload or read, choose, apply, and look at the report."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django_q.tasks import async_task

from incidents.errors import DomainError, InvalidRequest
from incidents.models import User
from integrations.importers.files import Files
from integrations.importers.fitting import fitted, turns_of
from integrations.importers.neutral import Export
from integrations.importers.plan import Choices, Line
from integrations.importers.planning import plan
from integrations.importers.sources import PAGERS
from integrations.models import ImportRun
from integrations.setup.imports import proofs
from integrations.setup.imports.apply import apply
from integrations.setup.imports.here import here_for
from opsportal.lib.encryption import SecretUnreadable
from opsportal.lib.net.errors import DeliveryError
from opsportal.lib.task_queues import BACKGROUND
from opsportal.lib.text import clean_json

READ, APPLY = "integrations.tasks.read_import", "integrations.tasks.apply_import"
BUDGET_S = 20.0  # of one task, which may take 60 s


class NotNow(DomainError):
    """The import is being read or applied."""

    code = "import_under_way"


def start_run(source: str, name: str, files: Files, *, by: User | None) -> ImportRun:
    """A run with the files of an upload. Raises InvalidRequest for a pager that is not known, and
    where no file of it could be read."""
    if not files.documents:
        why = "; ".join(files.problems.values()) or "There is no file in it."
        raise InvalidRequest(f"file: {why[:500]}")
    turns = turns_of(_pager(source).read(files, {}))
    return ImportRun.objects.create(
        source=source, name=name[:200], files=files_to_json(files), turns=turns, made_by=by
    )


@transaction.atomic
def start_reading(source: str, address: str, key: str, *, by: User) -> ImportRun:
    """A run whose files a worker reads from the other pager's API.

    Raises InvalidRequest where that is not known, or no address is given.
    """
    if _pager(source).fetch is None:
        raise InvalidRequest(f"key: {PAGERS[source].label} is imported from files only.")
    if not address:
        raise InvalidRequest("address: write the address of the API.")
    fetching = ImportRun.State.FETCHING
    run = ImportRun.objects.create(
        source=source, name=address[:200], state=fetching, key=key, made_by=by
    )
    transaction.on_commit(lambda: async_task(READ, run.pk, cluster=BACKGROUND))
    return run


def read_now(source: str, address: str, key: str, tell: Callable[[str], None]) -> Files:
    """The files from the other pager's API. Raises DeliveryError and InvalidRequest."""
    fetch = _pager(source).fetch
    if fetch is None:
        raise InvalidRequest(f"{PAGERS[source].label} is imported from files only.")
    return fetch(address or PAGERS[source].address, key, tell)


def finish_reading(run_id: int) -> None:
    """What a worker does: read, and forget the key.

    Raises InvalidRequest where the pager is not known any more.
    """
    run = ImportRun.objects.get(pk=run_id)
    if run.state != ImportRun.State.FETCHING:
        return

    def tell(sentence: str) -> None:
        ImportRun.objects.filter(pk=run_id).update(message=sentence, worked_at=timezone.now())

    try:
        files = read_now(run.source, run.name, run.key, tell)
    except (DeliveryError, DomainError) as error:
        run.state, run.message = ImportRun.State.FAILED, str(error)
    else:
        run.files, run.state, run.message = files_to_json(files), ImportRun.State.PLANNED, ""
        run.turns = turns_of(_pager(run.source).read(files, {}))
    run.key = ""
    run.save(update_fields=["files", "state", "message", "key", "turns"])


def export_of(run: ImportRun) -> Export:
    """What the files of a run say, by what was chosen.

    Raises SecretUnreadable, and InvalidRequest where the pager is not known any more.
    """
    export = _pager(run.source).read(files_from_json(run.files), run.choices)
    return fitted(export, run.turns, run.choices)


def plan_of(run: ImportRun, export: Export) -> list[Line]:
    """What the run would do now."""
    return plan(export, run.choices, here_for(run.source))


def choose(run: ImportRun, choices: Choices) -> ImportRun:
    """These answers, in place of those to the same questions.

    Raises NotNow while it is applied, and InvalidRequest where the pager is not known any more.
    """
    with transaction.atomic():
        row: ImportRun = ImportRun.objects.select_for_update(no_key=True).get(pk=run.pk)
        _check_idle(row)
        row.choices = {**row.choices, **choices}
        files = files_from_json(row.files)
        row.turns = turns_of(_pager(row.source).read(files, row.choices))
        row.save(update_fields=["choices", "turns"])
    return row


@transaction.atomic
def start_applying(run: ImportRun, *, by: User) -> None:
    """Let a worker apply it. Raises NotNow while it is read or applied."""
    row: ImportRun = ImportRun.objects.select_for_update(no_key=True).get(pk=run.pk)
    _check_idle(row)
    row.state, row.report, row.worked_at = ImportRun.State.APPLYING, [], timezone.now()
    row.save(update_fields=["state", "report", "worked_at"])
    transaction.on_commit(lambda: async_task(APPLY, row.pk, by.pk, cluster=BACKGROUND))


def go_on_applying(run_id: int, by_id: int) -> None:
    """What a worker does: apply for a while, and leave the rest to the next task."""
    run, by = ImportRun.objects.get(pk=run_id), User.objects.get(pk=by_id)
    if run.state != ImportRun.State.APPLYING:
        return
    try:
        is_done = apply_now(run, by=by, budget_s=BUDGET_S)
    except (SecretUnreadable, DomainError) as error:
        failed = {"state": ImportRun.State.FAILED, "message": str(error)}
        ImportRun.objects.filter(pk=run_id).update(**failed)
        return
    if not is_done:
        async_task(APPLY, run_id, by_id, cluster=BACKGROUND)


def apply_now(run: ImportRun, *, by: User, budget_s: float | None = None) -> bool:
    """Apply it here, and compare who is on call; True when all of it is done."""
    export = export_of(run)
    is_done = apply(run.pk, export, by, budget_s=budget_s)
    if is_done:
        prove_now(run.pk, export)
    return is_done


def prove_now(run_id: int, export: Export) -> None:
    """Compare the schedules here with what the source said, as they are now."""
    ImportRun.objects.filter(pk=run_id).update(proof=proofs.prove_applied(export))


def files_to_json(files: Files) -> dict[str, Any]:
    """As ``files_from_json`` takes them; without what the database refuses, whatever an import
    writes of it."""
    return {
        "documents": clean_json(files.documents),
        "problems": clean_json(files.problems),
        "folders": sorted(files.folders),
    }


def files_from_json(document: Mapping[str, Any]) -> Files:
    """The files that ``files_to_json`` wrote."""
    return Files(
        documents=dict(document.get("documents", {})),
        problems=dict(document.get("problems", {})),
        folders=set(document.get("folders", ())),
    )


def _pager(source: str) -> Any:
    if source not in PAGERS:
        raise InvalidRequest(f"source: {source}: none of {', '.join(PAGERS)}.")
    return PAGERS[source]


def _check_idle(run: ImportRun) -> None:
    if run.is_under_way:
        raise NotNow(f"The import is under way: {run.get_state_display().lower()}.")
