"""A backup of Opsgenie that is applied, and what became of it."""

from datetime import UTC, datetime

from escalation.models import Absence, Override, Policy, Schedule
from escalation.on_call.schedule_facts import instant_of, load
from escalation.schedules.resolver import shifts
from incidents.models import Membership, Service, Team, User
from integrations.models import Integration
from integrations.setup.imports import runs
from tests.api import make_person
from tests.integrations.importers.opsgenie_backup import WHOLE, files

OWN = {"opsgenie.missing_keys": "new"}

COUNTED = (User, Team, Membership, Schedule, Override, Absence, Policy, Service, Integration)


def imported(documents=WHOLE, choices=OWN, *, by=None, **changes):
    """A run of these files that was applied."""
    run = runs.start_run("opsgenie", "backup.zip", files(documents, **changes), by=by)
    runs.choose(run, choices)
    run.refresh_from_db()
    assert runs.apply_now(run, by=by or make_person("Owner"))
    run.refresh_from_db()
    return run


def verdicts(run):
    return {(row["kind"], row["name"]): row["verdict"] for row in run.report}


def row_of(run, kind, number):
    return next(row for row in run.report if (row["kind"], row["id"]) == (kind, number))


def on_call(start, end, name="payments_primary"):
    """(start, end, names) of each piece, in which the same people follow each other as one."""
    schedule = Schedule.objects.get(name=name)
    span = [datetime.fromisoformat(f"2026-{text}:00+00:00") for text in (start, end)]
    facts = load([schedule], *span)[schedule.pk]
    names = dict(User.objects.values_list("pk", "name"))
    found = []
    for piece in shifts(facts, *map(instant_of, span)):
        who = sorted({names[place.user] for place in piece.places})
        if found and found[-1][2] == who:
            found[-1][1] = piece.end
        else:
            found.append([piece.start, piece.end, who])
    return [
        (
            f"{datetime.fromtimestamp(a, UTC):%m-%dT%H:%M}",
            f"{datetime.fromtimestamp(b, UTC):%m-%dT%H:%M}",
            *w,
        )
        for a, b, w in found
    ]


PATH = "opsgeniebackups/schedules/payments_primary-7c1.json"

USERS = "opsgeniebackups/users/"
