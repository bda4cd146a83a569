"""Round robins as whole documents."""

from typing import Any

from rest_framework import serializers

from escalation.models import RoundRobin, RoundRobinEntry, Schedule
from escalation.plans.round_robin import pick
from escalation.policies.round_robin_rows import ring_of
from incidents.models import User
from incidents.references import Part, Reference, StrictModel

MAX_ENTRIES = 100


class RoundRobinEntrySerializer(Part, StrictModel):
    """A person, or a schedule: whoever is on call in it then."""

    user = Reference(User, by="email", required=False, allow_null=True)
    schedule = Reference(Schedule, required=False, allow_null=True)

    class Meta:
        model = RoundRobinEntry
        fields = ["user", "schedule"]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        named = {name: row for name, row in attrs.items() if row}
        if len(named) != 1:
            raise serializers.ValidationError("Name a user or a schedule.")
        return named


class RoundRobinSerializer(StrictModel):
    """A round robin. ``entries`` are written as a whole, in their order; ``next``: whose turn it
    is, by place, unless they are away."""

    entries = RoundRobinEntrySerializer(many=True, max_length=MAX_ENTRIES)  # type: ignore[call-arg]
    next = serializers.SerializerMethodField()

    class Meta:
        model = RoundRobin
        fields = [
            "id",
            "name",
            "new_person_each_repeat",
            "ask_next_after_minutes",
            "entries",
            "next",
            "created_at",
        ]

    def get_next(self, row: Any) -> int | None:
        ring = ring_of(row)
        code, _ = pick(ring, lambda code: True)
        return ring.entries.index(code) if code else None
