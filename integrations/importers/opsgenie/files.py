"""The files of a backup, by folder, and the people whom they name."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from integrations.importers.files import Files
from integrations.importers.neutral import Note, NoteKind, Object
from integrations.importers.opsgenie.values import ZONE_CHOICE, ZoneMissing

Row = Mapping[str, Any]
FOLDERS = (
    "users",
    "forwardings",
    "teams",
    "escalations",
    "schedules",
    "integrations",
    "policies",
    "policiesv2",
    "orders",
    "ordersv2",
    "maintenance",
    "customuserroles",
    "timelines",
)
EXPECTED = ("users", "teams", "escalations", "schedules", "forwardings", "integrations")
SECRETS = {"apikey", "token", "password", "secret", "authorization"}


@dataclass
class Backup:
    """The rows of each folder, what was chosen, who is named, and what could not be read."""

    choices: Mapping[str, str]
    rows: dict[str, list[tuple[str, Row]]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)  # user name in lower case → id
    names: dict[str, str] = field(default_factory=dict)  # id → user name

    def build(self, folder: str, make: Callable[[Row], list[Object]]) -> list[Object]:
        """The objects of a folder; a file of which none can be made is a problem."""
        found: list[Object] = []
        for name, row in self.rows.get(folder, ()):
            try:
                found += make(row)
            except ZoneMissing as error:
                self.problems.append(f"{name}: {error} names no time zone.")
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                self.problems.append(f"{name} cannot be read: {_said(error)}.")
        return found

    def person(self, reference: Any) -> str:
        """The id of a person who is named by an id or a user name. Raises ValueError."""
        row = reference if isinstance(reference, Mapping) else {}
        if found := str(row.get("id") or ""):
            return found
        name = str(row.get("username") or row.get("name") or "").strip()
        if not name:
            raise ValueError("a person without an id and a user name")
        return self.ids.get(name.lower(), name.lower())


def backup_of(files: Files, choices: Mapping[str, str]) -> Backup:
    """The rows of the files by folder; a file that is broken is a problem and no more."""
    backup = Backup(choices, problems=list(files.problems.values()))
    for folder in FOLDERS:
        for path, document in files.in_folder(folder):
            try:
                rows = [(path, row) for row in _rows_of(document)]
            except ValueError as error:
                backup.problems.append(f"{path} cannot be read: {error}.")
                continue
            backup.rows.setdefault(folder, []).extend(rows)
    for folder in EXPECTED:
        if not backup.rows.get(folder):
            backup.problems.append(f"The folder {folder} is missing or empty.")
    _note_people(backup, [row for rows in backup.rows.values() for _, row in rows])
    return backup


def inner(row: Row, name: str) -> Row:
    """What a file holds beside other lists (``{"schedule": {…}}``), or is itself."""
    found = row.get(name)
    return found if isinstance(found, Mapping) else row


def ask_zone() -> Note:
    """Which zone the dates without one are of."""
    return Note(
        NoteKind.NEEDS_CHOICE,
        "Its dates name no time zone: they are those of the machine that exported.",
        ZONE_CHOICE,
        (("UTC", "UTC"), ("Europe/Berlin", "Europe/Berlin, or any other IANA name")),
    )


def public(value: Any) -> Any:
    """The same without secrets, for a fingerprint."""
    if isinstance(value, Mapping):
        return {k: public(v) for k, v in value.items() if str(k).lower() not in SECRETS}
    return [public(one) for one in value] if isinstance(value, list) else value


def _rows_of(document: Any) -> list[Row]:
    if isinstance(document, Mapping) and isinstance(document.get("data"), list | dict):
        document = document["data"]
    rows = document if isinstance(document, list) else [document]
    if not all(isinstance(row, Mapping) for row in rows):
        raise ValueError("it is no JSON object")
    return rows


def _note_people(backup: Backup, rows: list[Row]) -> None:
    """Who has which user name: some files name people by one, some by the id."""
    found = [row for row in _rows_in(rows) if isinstance(row.get("username"), str)]
    for row in found:
        name, number = row["username"], row.get("id")
        if name and isinstance(number, str):
            backup.ids.setdefault(name.lower(), number)
            backup.names.setdefault(number, name)
    for row in found:
        name = row["username"]
        if name and not row.get("id"):
            backup.names.setdefault(backup.ids.get(name.lower(), name.lower()), name)


def _rows_in(value: Any) -> Iterator[Row]:
    if isinstance(value, Mapping):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _rows_in(one)


def _said(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"{error.args[0]} is missing"
    return str(error).rstrip(".") or type(error).__name__
