from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from integrations import catalog
from integrations.catalog import coverage, docs_page, golden_samples, scaffold, validation
from integrations.errors import RulesError, UnrecognizedPayload


class Command(BaseCommand):
    help = "Make a template for another tool, prove them all, or accept what the samples give."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parts = parser.add_subparsers(dest="what", required=True)
        new = parts.add_parser("new", help="Make the folder of a new template.")
        new.add_argument("slug")
        new.add_argument("--sample", type=Path, help="A captured message: a file with JSON.")
        parts.add_parser("check", help="Prove every template and every sample.")
        parts.add_parser("docs", help="Write docs/catalog.md.")
        accept = parts.add_parser("accept", help="Write what the samples give as expected.")
        accept.add_argument("slug", nargs="+")

    def handle(self, *args: Any, **options: Any) -> None:
        getattr(self, f"_{options['what']}")(options)

    def _new(self, options: dict[str, Any]) -> None:
        if not validation.SLUG.match(options["slug"]):
            raise CommandError("A slug has lower case letters, digits and hyphens.")
        try:
            folder = scaffold.create(options["slug"], options["sample"])
        except FileExistsError as error:
            raise CommandError(f"There is a template {options['slug']} already.") from error
        except (OSError, ValueError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Made {folder}. Next: edit template.toml, then catalog accept.")

    def _check(self, options: dict[str, Any]) -> None:
        problems = validation.check()
        if not problems:  # What cannot be read has no paths.
            problems = list(coverage.uncovered())
        for place, message in problems:
            self.stderr.write(f"{place}: {message}")
        if problems:
            raise CommandError(f"{len(problems)} problems")
        self.stdout.write(f"{len(catalog.all_templates())} templates, no problem.")

    def _docs(self, options: dict[str, Any]) -> None:
        docs_page.PAGE.write_text(docs_page.page(), "utf-8")
        self.stdout.write(f"wrote {docs_page.PAGE.name}")

    def _accept(self, options: dict[str, Any]) -> None:
        for slug in options["slug"]:
            template = catalog.find(slug)
            if template is None:
                raise CommandError(f"There is no template {slug}.")
            try:
                written = golden_samples.accept(template)
            except (RulesError, UnrecognizedPayload) as error:
                raise CommandError(f"{slug}: {error}") from error
            for path in written:
                self.stdout.write(f"wrote {path.name}: read it before you commit it")
