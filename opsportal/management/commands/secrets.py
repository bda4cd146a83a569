"""``manage.py secrets``: which key encrypts what, and the change to another key."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from opsportal.lib import encryption
from opsportal.runtime import encryption_key, reencryption
from opsportal.runtime.reencryption import ColumnReport


class Command(BaseCommand):
    help = "Says with which key the secrets are encrypted, and encrypts them with another."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parts = parser.add_subparsers(dest="what", required=True)
        parts.add_parser("status", help="Name the keys, and count what each of them reads.")
        again = parts.add_parser("reencrypt", help="Encrypt everything with SECRET_KEY.")
        again.add_argument("--dry-run", action="store_true", help="Only count.")
        parts.add_parser("adopt", help="The old key is lost: expect SECRET_KEY from now on.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["what"] != "reencrypt":
            encryption_key.skip_check()
        getattr(self, f"_{options['what']}")(options)

    def _status(self, options: dict[str, Any]) -> None:
        canary = encryption_key.stored_canary()
        expected = encryption.split(canary)[0] if canary else "none yet: run manage.py migrate"
        self.stdout.write(f"SECRET_KEY: {encryption.current_key_id()}; the database: {expected}")
        self._print(reencryption.survey(), "under a fallback")

    def _reencrypt(self, options: dict[str, Any]) -> None:
        if options["dry_run"]:
            self._print(reencryption.survey(), "to be encrypted anew")
        else:
            self._print(reencryption.reencrypt(), "encrypted anew")

    def _adopt(self, options: dict[str, Any]) -> None:
        reports = reencryption.survey()
        encryption_key.write_canary()
        self.stdout.write(f"The database expects {encryption.current_key_id()} from now on.")
        lost = [report for report in reports if report.unreadable]
        for report in lost:
            self.stdout.write(f"{report.name}: {report.unreadable} cannot be read; enter them anew")

    def _print(self, reports: list[ColumnReport], word: str) -> None:
        """Each column; fails where something cannot be read, so that a script notices."""
        for report in reports:
            current = f"{report.current} under SECRET_KEY, " if report.current else ""
            line = f"{report.name}: {current}{report.outdated} {word}"
            lost = f", {report.unreadable} cannot be read" if report.unreadable else ""
            self.stdout.write(line + lost)
        if unreadable := sum(report.unreadable for report in reports):
            raise CommandError(f"{unreadable} secrets cannot be read by any key that is set here.")
