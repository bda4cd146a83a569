"""A backup of Opsgenie as it is read."""

from integrations.importers import opsgenie
from integrations.importers.convert import schedule_problem
from integrations.importers.neutral import (
    Schedule,
)
from tests.integrations.importers.opsgenie_backup import (
    SCHEDULE,
    files,
)


def read(documents, choices=(), **changes):
    return opsgenie.read(files(documents, **changes), dict(choices))


def of(export, kind):
    return [one for one in export.objects if isinstance(one, kind)]


def rotation(**fields):
    """The schedule of a backup whose one rotation is of Ana, with these fields."""
    row = {**SCHEDULE["schedule"]["rotations"][0], **fields}
    return {"schedules/x.json": {"schedule": {**SCHEDULE["schedule"], "rotations": [row]}}}


def layer_of(**fields):
    (schedule,) = of(read(rotation(**fields)), Schedule)
    assert schedule_problem(schedule) == ""
    return schedule.layers[0]
