"""User groups of Slack that follow schedules, as the API shows and takes them."""

from typing import Any

from escalation.models import Schedule, SlackUserGroup
from incidents.references import Reference, StrictModel
from notifications.models import Provider


class SlackUserGroupSerializer(StrictModel):
    """``members``: the Slack IDs that it was given last; ``error``: why it is not changed now."""

    schedule = Reference(Schedule)
    provider = Reference(Provider)

    class Meta:
        model = SlackUserGroup
        fields = ["id", "schedule", "provider", "group_id", "handle", "members", "updated_at"]
        fields += ["error"]
        read_only_fields = ["handle", "members", "updated_at", "error"]
        validators: list[Any] = []
