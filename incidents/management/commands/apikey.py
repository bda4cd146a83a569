"""API keys from the command line: ``manage.py apikey create --user EMAIL --scopes all``."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import ProgrammingError
from django.db.models import Q
from django.utils import timezone

from incidents.actions import api_keys
from incidents.actions.api_keys import SCOPES, digest_of
from incidents.errors import DomainError
from incidents.models import ApiKey, User


class Command(BaseCommand):
    help = "Create, list and revoke API keys. A new key is the last line of the output."

    def add_arguments(self, parser: CommandParser) -> None:
        commands = parser.add_subparsers(dest="command", required=True)
        create = commands.add_parser("create", help="make a key and print it, once")
        create.add_argument("--user", required=True, help="the e-mail address of whom it acts as")
        create.add_argument(
            "--scopes", required=True, help=f"with commas, of: {', '.join(SCOPES)}; or all"
        )
        create.add_argument("--name", default="made on the command line", help="what it is for")
        create.add_argument("--days", type=int, help="how long it lives; left out: for ever")
        show = commands.add_parser("list", help="list the keys, without their text")
        show.add_argument("--user", help="only those of this e-mail address")
        revoke = commands.add_parser("revoke", help="let a key open nothing any more")
        revoke.add_argument("key", help="its number, its beginning, or the key itself")

    def handle(self, *args: Any, command: str, **options: Any) -> None:
        try:
            getattr(self, command)(**options)
        except ProgrammingError as error:  # It has no tables: another DATA_DIR than the portal's.
            words = (
                f"There is no portal in {settings.DATA_DIR} yet. Start it once, or set DATA_DIR."
            )
            raise CommandError(words) from error

    def create(self, *, user: str, scopes: str, name: str, days: int | None, **_: Any) -> None:
        """Print a new key. Raises CommandError."""
        person = _person(user)
        wanted = [*SCOPES] if scopes.strip() == "all" else _words(scopes)
        if days is not None and days < 1:
            raise CommandError("--days: write 1 or more.")
        expires_at = timezone.now() + timedelta(days=days) if days else None
        try:
            key, text = api_keys.create_key(person, name, wanted, expires_at=expires_at)
        except DomainError as refusal:
            raise CommandError(str(refusal)) from refusal
        until = f", until {expires_at:%Y-%m-%d %H:%M} UTC" if expires_at else ""
        self.stderr.write(f"Key {key.pk} of {person} for {', '.join(key.scopes)}{until}:")
        self.stdout.write(text)

    def list(self, *, user: str | None, **_: Any) -> None:
        """Print the keys without their text. Raises CommandError."""
        keys = ApiKey.objects.select_related("user")
        for key in keys.filter(user=_person(user)) if user else keys:
            used = f"used {key.last_used_at:%Y-%m-%d %H:%M}" if key.last_used_at else "never used"
            columns = [key.pk, f"{key.prefix}…", key.user, key.name, ",".join(key.scopes), used]
            self.stdout.write("  ".join([*map(str, columns), _state(key)]))

    def revoke(self, *, key: str, **_: Any) -> None:
        """Revoke a key. Raises CommandError unless exactly one is called so."""
        number = Q(pk=int(key)) if key.isdecimal() and len(key) < 19 else Q()
        named = number or Q(digest=digest_of(key)) | Q(prefix=key.rstrip("…"))
        found = [*ApiKey.objects.filter(named)]
        if len(found) != 1:
            raise CommandError(f"{len(found)} keys are called {key}; see apikey list.")
        api_keys.revoke_key(found[0].pk)
        self.stdout.write(f"{found[0]} opens nothing any more.")


def _person(email: str) -> User:
    person: User | None = User.objects.filter(email__iexact=email.strip()).first()
    if person is None:
        raise CommandError(f"There is nobody with the e-mail address {email}.")
    return person


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _state(key: ApiKey) -> str:
    if key.revoked_at:
        return "revoked"
    return "expired" if key.expires_at and key.expires_at <= timezone.now() else "usable"
