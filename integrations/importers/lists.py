"""Lists of objects, wherever the files of an export hold them: a document with many lists, a file
for each list, or a folder with a file for each object."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from integrations.importers.files import Files
from integrations.importers.rows import Row

PAGE = re.compile(r"[-_ ]?(?:page)?[-_ ]?\d+$")
WRAPPERS = ("results", "data", "nodes", "items", "rows")
DUMP = ".sql/"
Names = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Lists:
    """``found``: by our name of a list, its objects. ``problems``: sentences about what could not
    be read. A list that was nowhere is not in ``found``."""

    found: dict[str, list[Row]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    _groups: dict[tuple[str, str], dict[str, list[Row]]] = field(default_factory=dict)

    def rows(self, name: str) -> list[Row]:
        """The objects of a list; none where it was nowhere."""
        return self.found.get(name, [])

    def by_id(self, name: str) -> dict[str, Row]:
        """The objects of a list by their ids; those without one are left out."""
        groups = self.of(name, "id")
        return {id_: rows[0] for id_, rows in groups.items() if id_ not in ("", "None")}

    def of(self, name: str, field_name: str) -> dict[str, list[Row]]:
        """The objects of a list, grouped by a field of theirs; worked out once."""
        key = name, field_name
        if key not in self._groups:
            groups: dict[str, list[Row]] = {}
            self._groups[key] = groups
            for row in self.rows(name):
                groups.setdefault(str(row.get(field_name)), []).append(row)
        return self._groups[key]


def lists_of(files: Files, names: Names, needed: tuple[str, ...] = ()) -> Lists:
    """The lists that the files hold. ``names``: of each list, what the source calls it, in any
    case. A list of ``needed`` that is nowhere is a problem."""
    lists, ours = Lists(problems=list(files.problems.values())), _ours(names)
    for path, document in sorted(files.documents.items()):
        _take(lists, ours, path, document)
    for name in needed:
        if name not in lists.found:
            lists.problems.append(f"No list of {name.replace('_', ' ')} was found in the files.")
    return lists


def _ours(names: Names) -> dict[str, str]:
    return {_plain(their): name for name, theirs in names.items() for their in theirs}


def _take(lists: Lists, ours: Mapping[str, str], path: str, document: Any) -> None:
    """The lists of one document: by its keys, else by its name, else by that of its folder."""
    inner = _unwrapped(document)
    keys = inner if isinstance(inner, Mapping) else ()
    keyed = [(key, ours[_plain(key)]) for key in keys if _plain(key) in ours]
    by_path = _name_of(ours, path)
    if keyed and not (by_path and "id" in keys):
        for key, name in keyed:
            _add(lists, name, f"{path}: {key}", inner[key])
    elif by_path:
        _add(lists, by_path, path, inner)
    elif DUMP not in path:  # which holds many tables that are of no interest
        lists.problems.append(f"{path} holds nothing that is known of this source.")


def _name_of(ours: Mapping[str, str], path: str) -> str:
    place = PurePosixPath(path)
    stem = place.name.removesuffix(place.suffix)
    for name in (stem, PAGE.sub("", stem), place.parent.name):
        if _plain(name) in ours:
            return ours[_plain(name)]
    return ""


def _unwrapped(document: Any) -> Any:
    """Without the ``data`` around an answer of GraphQL."""
    if isinstance(document, Mapping) and isinstance(document.get("data"), Mapping):
        return document["data"]
    return document


def _of_wrapper(document: Any) -> Any:
    if isinstance(document, Mapping):
        for name in WRAPPERS:
            if isinstance(document.get(name), list):
                return document[name]
        return [document]
    return document


def _add(lists: Lists, name: str, place: str, value: Any) -> None:
    """The objects of one value: a list, a page of one, a single object, or lists by a key, which
    their objects then have as ``of``. What is none is a problem, and the others are taken."""
    rows = lists.found.setdefault(name, [])
    for part, key, items in _parts(place, value):
        if not isinstance(items, list):
            lists.problems.append(f"{part} is no list.")
            continue
        for number, item in enumerate(items):
            if isinstance(item, Mapping):
                rows.append(Row(f"{part}[{number}]", {"of": key, **item} if key else item))
            else:
                lists.problems.append(f"{part}[{number}] is no object.")


def _parts(place: str, value: Any) -> Iterator[tuple[str, str, Any]]:
    """(place, key, what is there)."""
    if isinstance(value, Mapping) and value and _is_keyed(value):
        yield from ((f"{place}.{key}", str(key), items or []) for key, items in value.items())
    elif value not in (None, {}):
        yield place, "", _of_wrapper(value)


def _is_keyed(value: Mapping[str, Any]) -> bool:
    """Whether it is lists by a key, and no page of a list and no object."""
    is_lists = all(isinstance(items, list | None) for items in value.values())
    return is_lists and not set(value) & set(WRAPPERS)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", str(name).lower())
