"""Why somebody was paged of an incident, or why not: what was sent, and what each step meant."""

from escalation.why.beginning import hidden, not_begun, waited
from escalation.why.messages import could_not, notices_to, pages_to, request_to
from escalation.why.question import Question
from escalation.why.reasons import Answer, sentence
from escalation.why.steps import known_runs, steps_left, steps_taken
from incidents.models import Incident, User


def why_paged(incident: Incident, person: User, reader: User) -> Answer:
    """The last page that reached the person; else the first reason why none did.

    Addresses and what a channel said of them are for whom ``notifications`` shows them.
    """
    asked, runs = Question(incident, person, reader), known_runs(incident)
    sent, arrived = pages_to(asked)
    kept, left = [*could_not(asked), *request_to(asked)], list(steps_left(runs, asked))
    beside = [*waited(asked), *notices_to(asked), *hidden(asked)]
    reasons = list(dict.fromkeys([*sent, *kept, *steps_taken(runs, asked), *left, *beside]))
    if arrived:
        return Answer(True, arrived.text, reasons)
    # What became of a page, then what kept one away, then the first step that did not mean them.
    first = next(iter([*sent[-1:], *kept, *left, *reasons]), not_begun(asked))
    text = f"{person} was not paged of #{incident.pk}: {first.text}"
    return Answer(False, sentence(text), reasons or [first])
