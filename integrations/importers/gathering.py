"""What a reader has gathered of one source: objects, and sentences about what it could not read."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from integrations.importers.neutral import Export, Note, NoteKind, Object, Other, RenderedShift
from integrations.importers.references import Ref, ref_of
from integrations.importers.rows import FieldError, Row, is_secret, plain


@dataclass(frozen=True, slots=True)
class Part:
    """Objects within another one, each to be read by itself: a broken one leaves the others."""

    rows: Sequence[Row]
    what: str
    read: "Callable[[Row], Iterable[Found]]"


Found = Object | Part


@dataclass(slots=True)
class Gathering:
    """Objects in the order in which they were read."""

    source: str
    objects: list[Object] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    rendered: dict[str, tuple[RenderedShift, ...]] = field(default_factory=dict)
    spans: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)

    def each(self, rows: Iterable[Row], what: str, read: Callable[[Row], Iterable[Found]]) -> None:
        """Read each object; one that cannot be read is a problem, and is listed as not taken."""
        for row in rows:
            try:
                found = list(read(row))
            except FieldError as error:
                self.problems.append(str(error))
                self.objects.append(not_taken(row, what, str(error)))
                continue
            for one in found:
                if isinstance(one, Part):
                    self.each(one.rows, one.what, one.read)
                else:
                    self.objects.append(one)

    def nowhere(self, rows: Iterable[Row], what: str, why: str) -> None:
        """List objects that have no counterpart here."""
        self.objects += [not_taken(row, what, why) for row in rows]

    def render(self, row: Row, read: Callable[[Row], tuple[RenderedShift, ...]]) -> None:
        """Keep who is on call in a schedule according to the source, where it was asked; and
        between which instants, where the row says so. What cannot be read is a problem."""
        try:
            shifts, id_ = read(row), row.text("id")
            since = row.instant_or_none("rendered_since")
            until = row.instant_or_none("rendered_until")
        except FieldError as error:
            self.problems.append(str(error))
            return
        if shifts:
            self.rendered[id_] = shifts
            if since and until:
                self.spans[id_] = since, until

    def export(self) -> Export:
        """All of it; an object whose id is there twice is taken once, and a problem."""
        objects = once(self.objects, self.problems)
        return Export(
            source=self.source,
            objects=objects,
            problems=tuple(self.problems),
            rendered=self.rendered,
            rendered_spans=self.spans,
        )


def once(objects: Iterable[Object], problems: list[str]) -> tuple[Object, ...]:
    """The first of each id; another one of the same is a problem."""
    found: dict[Ref, Object] = {}
    for one in objects:
        ref = ref_of(one)
        if ref in found:
            problems.append(f"The {ref[0].value} {one.id} is there twice: the first counts.")
        found.setdefault(ref, one)
    return tuple(found.values())


def not_taken(row: Row, what: str, why: str) -> Other:
    """An object that is listed, and why it is not taken."""
    id_ = str(row.get("id") or row.place)
    name = next((str(row.get(n)) for n in ("name", "summary", "title") if row.has(n)), id_)
    return Other(
        id=id_,
        name=name,
        what=what,
        document=without_secrets(row.fields),
        notes=(Note(NoteKind.NOT_TAKEN, why),),
    )


def without_secrets(value: Any, leave_out: frozenset[str] = frozenset()) -> Any:
    """The same without the fields that may hold secrets, and without those of ``leave_out``, whose
    names are in lower case and without underscores."""
    if isinstance(value, Mapping):
        return {
            str(key): without_secrets(item, leave_out)
            for key, item in value.items()
            if not is_secret(str(key)) and plain(str(key)) not in leave_out
        }
    if isinstance(value, list | tuple):
        return [without_secrets(item, leave_out) for item in value]
    return value


def approximate(text: str) -> Note:
    """That something is taken with a difference."""
    return Note(NoteKind.APPROXIMATE, text)


def remark(text: str) -> Note:
    """That something is to be known, and no difference."""
    return Note(NoteKind.REMARK, text)


def left_out(text: str) -> Note:
    """That a part of an object is not taken."""
    return Note(NoteKind.NOT_TAKEN, text)
