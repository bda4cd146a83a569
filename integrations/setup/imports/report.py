"""The report of an import: what became of each object, as rows that show no secret."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from integrations.importers.neutral import Integration, Kind
from integrations.importers.plan import Action, Line, Verdict

Row = dict[str, Any]
HIDDEN = "(key)"


def row_of(line: Line, problem: str = "") -> Row:
    """A line as JSON. ``problem``: why it was not taken after all."""
    kind, number = line.ref
    sentences = [*line.sentences, *([problem] if problem else [])]
    return {
        "kind": kind.value,
        "id": number,
        "name": line.name,
        "verdict": Verdict.NEEDS_YOU.value if problem else line.verdict.value,
        "action": Action.NOTHING.value if problem else line.action.value,
        "object_id": line.object_id,
        "sentences": [_masked(sentence, line) for sentence in sentences],
        "questions": [
            {
                "choice": question.choice,
                "text": question.text,
                "options": [list(option) for option in question.options],
                "chosen": question.chosen,
                "asks_person": question.asks_person,
            }
            for question in line.questions
        ],
    }


def merged(before: Sequence[Row], after: Iterable[Row]) -> list[Row]:
    """The rows of a run that went on: what was done stays as it was reported."""
    found = {(row["kind"], row["id"]): row for row in before}
    for row in after:
        found[row["kind"], row["id"]] = row
    order = {kind.value: place for place, kind in enumerate(Kind)}
    return sorted(found.values(), key=lambda row: order[row["kind"]])


def counts(rows: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """How many rows have each verdict; in the order of the verdicts, without those of none."""
    verdicts = [row["verdict"] for row in rows]
    return {one.value: verdicts.count(one.value) for one in Verdict if one.value in verdicts}


def _masked(sentence: str, line: Line) -> str:
    """Whatever an error quotes, the key of an integration is not part of it."""
    key = line.one.key if isinstance(line.one, Integration) else ""
    return sentence.replace(key, HIDDEN) if key else sentence
