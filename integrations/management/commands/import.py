"""``manage.py import opsgenie backup.zip``: plan an import from another pager, or apply it."""

import json
import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from incidents.errors import DomainError
from incidents.models import User
from integrations.importers.files import Files, UnreadableFilesError, read_path
from integrations.importers.fitting import fitted, turns_of
from integrations.importers.plan import Verdict
from integrations.importers.planning import plan
from integrations.importers.sources import PAGERS
from integrations.setup.imports import proofs, report, runs
from integrations.setup.imports.here import here_for
from opsportal.lib.net.errors import DeliveryError


class Command(BaseCommand):
    help = (
        "Import from another pager: people, teams, schedules, policies, services, integrations. "
        "Without --apply it says what would become of each object, and changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", choices=PAGERS)
        parser.add_argument("path", nargs="?", type=Path, help="a folder, a zip file or one file")
        parser.add_argument("--url", default="", help="read the REST API at this address")
        parser.add_argument("--key-env", default="", help="the variable that holds its API key")
        parser.add_argument(
            "--choose",
            action="append",
            default=[],
            metavar="CHOICE=VALUE",
            help="an answer to what the plan asks; may be given several times",
        )
        parser.add_argument("--apply", action="store_true", help="do it; else nothing is changed")
        parser.add_argument("--dry-run", action="store_true", help="only plan, as without --apply")
        parser.add_argument("--json", action="store_true", help="print one JSON document")
        parser.add_argument("--by", default="", help="the e-mail address of whom it is done as")

    def handle(self, *args: Any, **options: Any) -> None:
        source, choices = options["source"], _choices(options["choose"])
        if options["apply"] and options["dry_run"]:
            raise CommandError("Give either --apply or --dry-run.")
        try:
            name, files = self._files(source, options)
            if options["apply"]:
                result = _applied(source, name, files, choices, _person(options["by"]))
            else:
                result = _planned(source, files, choices)
        except (DomainError, DeliveryError, UnreadableFilesError) as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(result, indent=2, ensure_ascii=False))
        else:
            self._print(result, is_applied=options["apply"])

    def _files(self, source: str, options: dict[str, Any]) -> tuple[str, Files]:
        """The name of what is read, and its files. Raises CommandError and others."""
        if options["path"] is not None:
            return options["path"].name, read_path(options["path"])
        if not options["key_env"]:
            raise CommandError("Give a path, or --key-env with the variable that holds the key.")
        key = os.environ.get(options["key_env"], "")
        if not key:
            raise CommandError(f"The variable {options['key_env']} is empty.")
        address = options["url"] or PAGERS[source].address
        return address, runs.read_now(source, address, key, self.stderr.write)

    def _print(self, result: dict[str, Any], *, is_applied: bool) -> None:
        for problem in result["problems"]:
            self.stderr.write(f"problem: {problem}")
        for row in result["rows"]:
            said = " ".join(row["sentences"])
            self.stdout.write(
                f"{row['verdict']:12} {row['kind']:15} {row['name']}  {said}".rstrip()
            )
            for question in row["questions"]:
                self._ask(question)
        for proof in result["proof"]:
            self.stdout.write(f"on call in {proof['name']}: {proof['verdict']}")
        counted = ", ".join(f"{count} {verdict}" for verdict, count in result["counts"].items())
        self.stdout.write(f"{'Applied' if is_applied else 'Planned'}: {counted or 'nothing'}.")
        if not is_applied:
            self.stdout.write("Nothing was changed. Add --apply to do it.")

    def _ask(self, question: dict[str, Any]) -> None:
        self.stdout.write(f"{'':12} ? {question['text']}")
        for value, sentence in question["options"]:
            mark = "*" if value == question["chosen"] else " "
            self.stdout.write(f"{'':12} {mark} --choose {question['choice']}={value}  {sentence}")


def _planned(source: str, files: Files, choices: dict[str, str]) -> dict[str, Any]:
    read = PAGERS[source].read
    export = fitted(read(files, choices), turns_of(read(files, choices)), choices)
    rows = [report.row_of(line) for line in plan(export, choices, here_for(source))]
    return _result(export.problems, rows, proofs.preview(export))


def _applied(
    source: str, name: str, files: Files, choices: dict[str, str], by: User
) -> dict[str, Any]:
    run = runs.choose(runs.start_run(source, name, files, by=by), choices)
    export = runs.export_of(run)
    runs.apply_now(run, by=by)
    run.refresh_from_db()
    return {**_result(export.problems, run.report, run.proof), "run": run.pk}


def _result(problems: Any, rows: list[report.Row], proof: list[proofs.Row]) -> dict[str, Any]:
    return {
        "problems": list(problems),
        "rows": rows,
        "proof": proof,
        "counts": report.counts(rows),
        "open": sum(1 for row in rows if row["verdict"] == Verdict.NEEDS_YOU),
    }


def _choices(words: list[str]) -> dict[str, str]:
    found = {}
    for word in words:
        choice, equals, value = word.partition("=")
        if not equals or not choice:
            raise CommandError(f"--choose {word}: write CHOICE=VALUE.")
        found[choice.strip()] = value.strip()
    return found


def _person(email: str) -> User:
    """Whoever imports: an Owner unless one is named. Raises CommandError."""
    owners = User.objects.owners()
    person: User | None = (
        User.objects.active().filter(email__iexact=email).first() if email else owners.first()
    )
    if person is None:
        raise CommandError(
            f"There is nobody with the e-mail address {email}." if email else "There is no Owner."
        )
    return person
