"""The policies that overrides of integrations name, which the coverage looks at."""

from collections.abc import Iterator

from escalation.coverage.policy_uses import tell
from integrations.models import Integration


@tell
def policies_of_overrides() -> Iterator[int]:
    """The ids of the policies in the routing of all integrations."""
    routings = Integration.objects.filter(routing__has_key="overrides")
    for rows in routings.values_list("routing__overrides", flat=True):
        yield from (row["policy"] for row in rows if row.get("policy"))
