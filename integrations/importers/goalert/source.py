"""The lists of an installation, and how its objects name each other."""

from collections.abc import Mapping
from dataclasses import dataclass

from integrations.importers.lists import Lists
from integrations.importers.rows import Row


@dataclass(frozen=True, slots=True)
class Source:
    """What was exported, and what was chosen."""

    lists: Lists
    choices: Mapping[str, str]


def ids_of(row: Row, ids: str, objects: str) -> list[str]:
    """A list of ids, or the ids of a list of objects. Raises FieldError."""
    if row.get(ids) is not None:
        return row.texts(ids)
    return [one.id() for one in nodes(row, objects)]


def id_of(row: Row, id_field: str, object_field: str) -> str:
    """An id, or that of an object; '' where neither is told. Raises FieldError."""
    if row.has(id_field):
        return row.text(id_field)
    inner = row.row(object_field)
    return inner.text("id") if inner else ""


def nodes(row: Row, name: str) -> list[Row]:
    """A list of objects, also one with ``nodes`` around it. Raises FieldError."""
    value = row.get(name)
    if isinstance(value, Mapping):
        return Row(f"{row.place}.{name}", value).rows("nodes")
    return row.rows(name)


def rotation_schedule(rotation: str) -> str:
    """The id of the schedule that a rotation becomes which policies tell."""
    return f"rotation:{rotation}"
