"""The pagers that can be imported, each with its reader."""

from collections.abc import Callable
from dataclasses import dataclass

from integrations.importers import goalert, grafana_oncall, opsgenie, opsknight, pagerduty
from integrations.importers.files import Files
from integrations.importers.neutral import Export
from integrations.importers.plan import Choices

Read = Callable[[Files, Choices], Export]
# Address and key → files. Raises DeliveryError; tells where it has to wait.
Fetch = Callable[[str, str, Callable[[str], None]], Files]


@dataclass(frozen=True, slots=True)
class Pager:
    """Another pager. ``read`` makes the same of the same files and choices, and raises nothing
    for what they hold; ``fetch`` asks its API at ``address``, where that is known."""

    key: str
    label: str
    exports: str  # which files it takes, in a sentence
    read: Read
    fetch: Fetch | None = None
    address: str = ""
    query: str = ""  # what an API key there is made for


PAGERS = {
    pager.key: pager
    for pager in (
        Pager(
            opsgenie.KEY,
            "Opsgenie",
            "The folder that Opsgenie’s configuration backup writes, as a zip file.",
            opsgenie.read,
            opsgenie.fetch,
            "https://api.opsgenie.com",
        ),
        Pager(
            pagerduty.KEY,
            "PagerDuty",
            "What its REST API answers, as JSON files: users, teams, schedules, escalation "
            "policies, services.",
            pagerduty.read,
            pagerduty.fetch,
            "https://api.pagerduty.com",
        ),
        Pager(
            grafana_oncall.KEY,
            "Grafana OnCall",
            "What its API answers, as JSON files, or a dump of its tables as CSV or SQL.",
            grafana_oncall.read,
            grafana_oncall.fetch,
        ),
        Pager(
            opsknight.KEY,
            "OpsKnight",
            "Its tables: a dump of PostgreSQL, or a file of CSV or JSON for each.",
            opsknight.read,
        ),
        Pager(
            goalert.KEY,
            "GoAlert",
            "What its GraphQL API answers, as JSON files: users, rotations, schedules, user "
            "overrides, escalation policies, services.",
            goalert.read,
            goalert.fetch,
            query=goalert.QUERY,
        ),
    )
}


def label_of(source: str) -> str:
    """What people call a pager, also one that is not known any more."""
    return PAGERS[source].label if source in PAGERS else source
