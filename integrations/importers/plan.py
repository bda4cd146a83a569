"""What an import would do: a verdict and sentences for each object. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from integrations.importers.neutral import Export, Kind, Note, NoteKind, Object, Other, Person
from integrations.importers.references import Ref, Resolve, fingerprint, ref_of, references

MAX_NAME = 150
PLACEHOLDER_DOMAIN = "imported.invalid"
Choices = Mapping[str, str]  # what a note asks (``Note.choice``) → the value of the option


class Verdict(StrEnum):
    """What becomes of an object, in a word."""

    SAME = "same"
    NEW = "new"
    CHANGED = "changed"
    JOINED = "joined"
    APPROXIMATE = "approximate"
    NEEDS_YOU = "needs_you"
    NOT_TAKEN = "not_taken"


class Action(StrEnum):
    """What is done about an object."""

    CREATE = "create"
    UPDATE = "update"
    JOIN = "join"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Known:
    """What an earlier import noted: our object, the fingerprint of what the source said, and that
    of our object as it was left. ``is_joined``: it was here before."""

    object_id: int
    fingerprint: str
    state: str
    is_joined: bool = False
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """What is here. ``states``: fingerprints of imported objects as they are now, by kind and id.
    ``names``: by kind, ids by name without case (people: by e-mail). ``keys``: ids of integrations
    by the digests of their keys. ``placeholders``: ids of people of whom nothing is known.
    ``channels`` that this version has."""

    known: Mapping[Ref, Known] = field(default_factory=dict)
    states: Mapping[tuple[Kind, int], str] = field(default_factory=dict)
    names: Mapping[Kind, Mapping[str, int]] = field(default_factory=dict)
    keys: Mapping[str, int] = field(default_factory=dict)
    placeholders: frozenset[int] = frozenset()
    channels: frozenset[str] = frozenset()

    def deleted(self) -> set[Ref]:
        """What was imported, and is not here any more."""
        return {
            ref for ref, one in self.known.items() if (ref[0], one.object_id) not in self.states
        }


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked; ``chosen`` is the answer, '' where there is none. ``asks_person``: the id of
    somebody here may be answered too."""

    choice: str
    text: str
    options: tuple[tuple[str, str], ...]
    chosen: str = ""
    asks_person: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One object of the plan. ``object_id``: ours, where there is one. ``name``: ours too, where
    the source's was taken."""

    ref: Ref
    one: Object
    name: str
    verdict: Verdict
    action: Action
    object_id: int | None = None
    fingerprint: str = ""
    is_changed_here: bool = False
    sentences: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()


def with_placeholders(export: Export, here: Here) -> tuple[Object, ...]:
    """All objects, and one for each person whom they name and of whom nothing is known."""
    there = {ref_of(one) for one in export.objects}
    known = {r for r, one in here.known.items() if one.object_id not in here.placeholders}
    named = {ref for one in export.objects for ref in references(one)} - there - known
    text = "The export says no more of this person: a switched-off placeholder keeps the place."
    note = Note(NoteKind.APPROXIMATE, text)
    missing = [
        Person(id=number, name=number, email="", is_active=False, notes=(note,))
        for kind, number in sorted(named)
        if kind == Kind.PERSON
    ]
    return (*missing, *export.objects)


def gone(export: Export, here: Here) -> list[Line]:
    """What was imported before and is not in the export any more, of the kinds that are."""
    there = {ref_of(one) for one in export.objects}
    kinds = {kind for kind, _ in there}
    text = "It is gone at the source, and stays here: delete it by hand where it is to go, too."
    return [
        Line(
            ref=ref,
            one=Other(id=ref[1], name=one.name, what=ref[0].value),
            name=one.name or ref[1],
            verdict=Verdict.NEEDS_YOU,
            action=Action.NOTHING,
            object_id=one.object_id,
            sentences=(text,),
        )
        for ref, one in sorted(here.known.items())
        if ref not in there
        and ref[0] in kinds
        and (ref[0], one.object_id) in here.states
        and one.object_id not in here.placeholders
    ]


def questions_of(one: Object, choices: Choices) -> list[Question]:
    """What its notes ask, each once."""
    found = {}
    for note in one.notes:
        if note.choice:
            values = [value for value, _ in note.options]
            default = values[0] if note.has_default and values else ""
            chosen = choices.get(note.choice) or default
            found[note.choice] = Question(note.choice, note.text, note.options, chosen)
    return list(found.values())


def settled(
    line: Line, known: Known | None, here: Here, choices: Choices, resolve: Resolve
) -> Line:
    """The line with its verdict, after everything that it refers to is known."""
    line = replace(line, fingerprint=fingerprint(line.one, resolve))
    if line.verdict in (Verdict.NOT_TAKEN, Verdict.NEEDS_YOU):
        return line
    if known is not None:
        return _again(line, known, here, choices)
    if line.action == Action.JOIN:
        return replace(line, verdict=Verdict.JOINED)
    verdict = Verdict.APPROXIMATE if _differs(line) else Verdict.NEW
    return replace(line, verdict=verdict, action=Action.CREATE)


def _again(line: Line, known: Known, here: Here, choices: Choices) -> Line:
    """What was imported before: changes of the source are taken unless it was changed here."""
    if line.action == Action.JOIN and line.object_id != known.object_id:
        return replace(line, verdict=Verdict.CHANGED)  # somebody says who it is
    kind, number = line.ref
    now = here.states.get((kind, known.object_id))
    line = replace(line, object_id=known.object_id if now else None)
    is_changed_here = now != known.state
    if known.fingerprint == line.fingerprint:
        text = _CHANGED if now else _DELETED
        sentences = (*line.sentences, text) if is_changed_here else line.sentences
        return replace(
            line,
            verdict=Verdict.SAME,
            action=Action.NOTHING,
            sentences=sentences,
            is_changed_here=is_changed_here,
        )
    if known.is_joined and now:
        return replace(line, verdict=Verdict.CHANGED, action=Action.JOIN)
    if not is_changed_here:
        return replace(line, verdict=Verdict.CHANGED, action=Action.UPDATE)
    choice = f"overwrite:{kind.value}:{number}"
    takes = choices.get(choice) == "yes"
    options = (("no", "Keep what is here."), ("yes", "Take what the source says."))
    text = "It was changed both at the source and here."
    question = Question(choice, text, options, "yes" if takes else "no")
    action = (Action.UPDATE if now else Action.CREATE) if takes else Action.NOTHING
    return replace(
        line,
        verdict=Verdict.CHANGED,
        action=action,
        is_changed_here=True,
        sentences=(*line.sentences, _CHANGED if now else _DELETED),
        questions=(*line.questions, question),
    )


_CHANGED = "It was changed here since the last import; that is kept."
_DELETED = "It was deleted here since the last import; that is kept."


def _differs(line: Line) -> bool:
    kinds = (NoteKind.APPROXIMATE, NoteKind.NOT_TAKEN, NoteKind.NEEDS_CHOICE)
    said = sum(1 for note in line.one.notes if note.kind == NoteKind.REMARK)
    return any(note.kind in kinds for note in line.one.notes) or len(line.sentences) > said
