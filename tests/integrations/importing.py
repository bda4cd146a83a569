"""Reading and applying exports in tests: documents in, objects, calendars and runs out."""

import copy
import json
from datetime import UTC, datetime

from escalation.schedules.resolver import shifts
from integrations.importers.files import files_of
from integrations.importers.neutral import Schedule
from integrations.importers.preview import facts_of, numbers_of, second
from integrations.setup.imports import runs
from tests.api import make_person

NOW = datetime(2026, 3, 20, tzinfo=UTC)


def files(**documents):
    """Files of these names, each with a document; a text is the file's content as it is."""
    return files_of(
        {
            f"{name}.json": content if isinstance(content, str) else json.dumps(content)
            for name, content in documents.items()
        }
    )


def only(export, kind, id_=None):
    """The one object of a kind, with this id."""
    found = [o for o in export.objects if type(o) is kind and id_ in (None, o.id)]
    assert len(found) == 1, found
    return found[0]


def every(export, kind):
    return [one for one in export.objects if type(one) is kind]


def at(text):
    """``03-25 18:00`` of 2026 in UTC."""
    return datetime.fromisoformat(f"2026-{text}".replace(" ", "T")).replace(tzinfo=UTC)


def calendar(export, start, end, schedule=None):
    """[(from, people)] of a schedule between two times, of the resolver; neighbours joined."""
    numbers = numbers_of(export)
    people = {number: person for person, number in numbers.items()}
    facts = facts_of(export, only(export, Schedule, schedule), numbers)
    found = []
    for piece in shifts(facts, second(at(start)), second(at(end))):
        names = sorted(people[place.user] for place in piece.places)
        if not found or found[-1][1] != names:
            when = datetime.fromtimestamp(piece.start, UTC)
            found.append((when.strftime("%m-%d %H:%M"), names))
    return found


def texts(one):
    return " ".join(note.text for note in one.notes)


def imported(source, sample, **changed):
    """The run of a sample, some of whose documents are others."""
    by = make_person("Owner")
    document = {**copy.deepcopy(sample), **changed}
    run = runs.start_run(source, "export.json", files(export=document), by=by)
    assert runs.apply_now(run, by=by)
    run.refresh_from_db()
    return run


def verdicts(run, kind):
    """Those of one kind in the report."""
    return [row["verdict"] for row in run.report if row["kind"] == kind]
