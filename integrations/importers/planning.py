"""Each object of an export against what is here: what it would be joined with, called, refused."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from integrations.catalog import find
from integrations.importers.convert import is_readable, schedule_problem, step_notes
from integrations.importers.neutral import (
    ContactMethod,
    Export,
    Integration,
    Kind,
    NoteKind,
    Object,
    Other,
    Person,
    Policy,
    Schedule,
)
from integrations.importers.plan import (
    MAX_NAME,
    Action,
    Choices,
    Here,
    Line,
    Question,
    Verdict,
    gone,
    questions_of,
    settled,
    with_placeholders,
)
from integrations.importers.references import Ref, digest_of_key, kind_of, lost, ref_of, required
from integrations.importers.sources import label_of

ORDER = {kind: place for place, kind in enumerate(Kind)}
NEW_PERSON = "new"
MAX_EMAIL = 254
MAX_STEPS = 50  # of a policy
TAKEN_KINDS = ("api", "email")  # of integrations
PLANNED = -1  # in place of the id of what will be made


def plan(export: Export, choices: Choices, here: Here) -> list[Line]:
    """A line for each object, in the order in which they are applied."""
    return _Planner(export, choices, here).lines()


@dataclass
class _Planner:
    """``meant``: our ids, also of what was deleted here, for fingerprints; ``deleted``: that."""

    export: Export
    choices: Choices
    here: Here
    meant: dict[Ref, int] = field(default_factory=dict)
    deleted: set[Ref] = field(default_factory=set)
    names: dict[Kind, dict[str, int]] = field(default_factory=dict)
    keys: dict[str, int] = field(default_factory=dict)

    def lines(self) -> list[Line]:
        first: dict[Ref, Object] = {}
        for one in with_placeholders(self.export, self.here):
            first.setdefault(ref_of(one), one)
        objects = sorted(first.values(), key=lambda one: ORDER[kind_of(one)])
        self.meant = {ref: known.object_id for ref, known in self.here.known.items()}
        self.deleted = self.here.deleted()
        self.names = {kind: dict(names) for kind, names in self.here.names.items()}
        self.keys = dict(self.here.keys)
        lines = [*map(self._line, objects), *gone(self.export, self.here)]
        return sorted(lines, key=lambda line: ORDER[line.ref[0]])

    def _line(self, one: Object) -> Line:
        ref = ref_of(one)
        line = self._checked(self._started(one))
        line = settled(line, self.here.known.get(ref), self.here, self.choices, self.meant.get)
        if line.object_id is not None:
            self.meant[ref] = line.object_id
        elif line.action == Action.CREATE:
            self.meant.setdefault(ref, PLANNED)
        if line.action != Action.NOTHING:
            self.deleted.discard(ref)
        return line

    def _resolve(self, ref: Ref) -> int | None:
        return None if ref in self.deleted else self.meant.get(ref)

    def _started(self, one: Object) -> Line:
        """With its name, what its notes say and ask, and whether it can be taken at all."""
        sentences = tuple(note.text for note in one.notes if not note.choice)
        questions = tuple(questions_of(one, self.choices))
        asked = {n.choice for n in one.notes if n.kind == NoteKind.NEEDS_CHOICE and n.choice}
        verdict = Verdict.NEW
        if isinstance(one, Other):
            verdict = Verdict.NOT_TAKEN
        elif any(question.choice in asked and not question.chosen for question in questions):
            verdict = Verdict.NEEDS_YOU
        return Line(
            ref=ref_of(one),
            one=one,
            name=_name_of(one),
            verdict=verdict,
            action=Action.NOTHING,
            sentences=sentences,
            questions=questions,
        )

    def _checked(self, line: Line) -> Line:
        if line.verdict == Verdict.NEW and line.ref not in self.deleted:
            for kind, number in required(line.one):
                if self._resolve((kind, number)) is None:
                    text = f"Its {kind.value} ({number or 'none'}) is not taken."
                    line = self._refused(line, text)
        if line.verdict != Verdict.NEW:
            return line
        line = self._noted(line, lost(line.one, self._resolve))
        check = CHECKS.get(line.ref[0])
        return check(self, line, line.one) if check else line

    def _person(self, line: Line, person: Person) -> Line:
        """Joined by e-mail in any case, or with whom somebody chose."""
        choice = f"person:{person.id}"
        chosen = self.choices.get(choice, "").strip().lower()
        taken = self.names.setdefault(Kind.PERSON, {})
        email = address_of(person)
        line = self._noted(line, _person_notes(person))
        if not email or chosen:
            text = "Who is this? Write the e-mail address of somebody who is here."
            question = Question(choice, text, ((NEW_PERSON, "Somebody new"),), chosen, True)
            line = replace(line, questions=(*line.questions, question))
        named = taken.get(chosen)
        if chosen not in ("", NEW_PERSON) and named in (None, PLANNED):
            return self._refused(line, f"Nobody here has the address {chosen}.")
        found = named if named is not None else taken.get(email)
        if found == PLANNED:
            return self._noted(line, ["Another person of the export has the same address."])
        taken.setdefault(email or person.id, PLANNED)
        if found is None or chosen == NEW_PERSON:
            return line
        known = self.here.known.get(line.ref)
        # An import finds people again by their id; only who was nobody yet becomes somebody.
        if known is not None and not chosen and known.object_id not in self.here.placeholders:
            return line
        text = "Joined with the person who is here already; nothing of theirs is overwritten."
        sentences = (*line.sentences, text) if known is None else line.sentences
        return replace(line, action=Action.JOIN, object_id=found, sentences=sentences)

    def _joinable(self, line: Line, _: Object) -> Line:
        """Joined with a team or service of the same name, unless somebody says no."""
        kind, number = line.ref
        found = self.names.get(kind, {}).get(line.name.casefold())
        if line.ref in self.here.known or found in (None, PLANNED):
            return self._renamed(line)
        choice = f"join:{kind.value}:{number}"
        answer = self.choices.get(choice) or "yes"
        text = f"There is a {kind.value} with this name."
        options = (("yes", "It is the same: what it lacks is added."), ("no", "It is another one."))
        question = Question(choice, text, options, answer)
        line = replace(line, questions=(*line.questions, question))
        if answer == "no":
            return self._renamed(line)
        return replace(line, action=Action.JOIN, object_id=found)

    def _renamed(self, line: Line) -> Line:
        """With a name that nothing else of its kind has."""
        kind = line.ref[0]
        taken = self.names.setdefault(kind, {})
        known = self.here.known.get(line.ref)
        own = known.object_id if known else None
        name, count, label = line.name, 1, label_of(self.export.source)
        while (owner := taken.get(name.casefold())) is not None and owner != own:
            count += 1
            suffix = f" ({label})" if count == 2 else f" ({label} {count - 1})"
            name = line.name[: MAX_NAME - len(suffix)] + suffix
        taken[name.casefold()] = own or PLANNED
        if name == line.name:
            return line
        text = f"The name is taken: it is called {name}."
        return replace(line, name=name, sentences=(*line.sentences, text))

    def _schedule(self, line: Line, schedule: Schedule) -> Line:
        line = self._refused(self._renamed(line), schedule_problem(schedule))
        return self._noted(line, _calendar_notes(schedule))

    def _policy(self, line: Line, policy: Policy) -> Line:
        if len(policy.steps) > MAX_STEPS:
            return self._refused(line, f"It has more than {MAX_STEPS} steps.")
        notes = step_notes(policy, self._resolve, self.here)
        return self._noted(self._renamed(line), notes)

    def _contact_method(self, line: Line, method: ContactMethod) -> Line:
        if method.channel not in self.here.channels:
            text = f"There is no channel {method.channel} here."
            return replace(line, verdict=Verdict.NOT_TAKEN, sentences=(*line.sentences, text))
        return line

    def _integration(self, line: Line, one: Integration) -> Line:
        """A key opens one integration: refused where another has it."""
        template = find(one.template)
        if template is None or template.kind not in TAKEN_KINDS:
            return self._refused(line, f"An integration of {one.template} is made by hand.")
        if template.kind == "email":
            line = self._noted(line, ["Its address here is another one: let the tool mail to it."])
        if not one.key:
            return self._noted(line, [])
        digest = digest_of_key(one.key)
        known = self.here.known.get(line.ref)
        owner = self.keys.get(digest)
        if owner is not None and (known is None or owner != known.object_id):
            return self._refused(line, "Its key is in use here already, by another integration.")
        self.keys[digest] = known.object_id if known else PLANNED
        return line

    def _noted(self, line: Line, notes: list[str]) -> Line:
        return replace(line, sentences=(*line.sentences, *notes))

    def _refused(self, line: Line, problem: str) -> Line:
        if not problem:
            return line
        return replace(line, verdict=Verdict.NEEDS_YOU, sentences=(*line.sentences, problem))


CHECKS: Mapping[Kind, Callable[[_Planner, Line, Any], Line]] = {
    Kind.PERSON: _Planner._person,
    Kind.CONTACT_METHOD: _Planner._contact_method,
    Kind.TEAM: _Planner._joinable,
    Kind.SCHEDULE: _Planner._schedule,
    Kind.POLICY: _Planner._policy,
    Kind.SERVICE: _Planner._joinable,
    Kind.INTEGRATION: _Planner._integration,
}


def address_of(person: Person) -> str:
    """The e-mail address of a person in lower case; '' where it is none."""
    email = person.email.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        return ""
    return email if len(email) <= MAX_EMAIL else ""


def _person_notes(person: Person) -> list[str]:
    found = []
    if person.email and not address_of(person):
        found.append(f"{person.email!r} is no e-mail address: a placeholder keeps the place.")
    if person.is_admin:
        found.append("An administrator there: give the role by hand.")
    return found


def _calendar_notes(schedule: Schedule) -> list[str]:
    named = {str(layer["id"]): layer.get("name") for layer in schedule.layers}
    return [
        f"The address of the calendar of the layer {named.get(layer) or layer} does not begin with "
        "https://, so it cannot be read: add the calendar by hand."
        for layer, url in schedule.calendars.items()
        if not is_readable(url)
    ]


def _name_of(one: Object) -> str:
    match one:
        case ContactMethod():
            return f"{one.channel} {one.value}"[:MAX_NAME]
        case Person() if not one.name:
            return one.email or one.id
    return str(getattr(one, "name", "") or one.id)[:MAX_NAME]
