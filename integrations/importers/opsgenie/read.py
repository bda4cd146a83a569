"""The backup, or what the REST API answered, as neutral objects."""

from collections.abc import Mapping
from functools import partial

from integrations.importers.files import Files
from integrations.importers.gathering import once
from integrations.importers.neutral import Export
from integrations.importers.opsgenie.files import backup_of
from integrations.importers.opsgenie.people import absence_of, people_of
from integrations.importers.opsgenie.policies import policy_of
from integrations.importers.opsgenie.schedules import rendered_of, schedule_of, spans_of
from integrations.importers.opsgenie.services import (
    global_service,
    integration_of,
    named_teams,
    others_of,
    team_and_service,
)

KEY = "opsgenie"


def read(files: Files, choices: Mapping[str, str]) -> Export:
    """Everything that can be read; what cannot is among the problems. Raises nothing."""
    backup = backup_of(files, choices)
    objects = [
        *people_of(backup),
        *backup.build("teams", partial(team_and_service, backup)),
        *backup.build("schedules", partial(schedule_of, backup)),
        *backup.build("forwardings", partial(absence_of, backup)),
        *backup.build("escalations", partial(policy_of, backup)),
        *backup.build("integrations", partial(integration_of, backup)),
    ]
    objects += [
        *named_teams(backup, objects),
        *global_service(objects),
        *others_of(backup),
    ]
    taken = once(objects, backup.problems)
    return Export(
        source=KEY,
        objects=taken,
        rendered=rendered_of(backup),
        rendered_spans=spans_of(backup),
        problems=tuple(backup.problems),
    )
