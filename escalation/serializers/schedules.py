"""Schedules, their layers, and what changes them."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import available_timezones

from rest_framework import serializers

from escalation.models import Absence, Override, Schedule, ScheduleVersion
from escalation.schedules.definition import (
    MAX_EVERY,
    MAX_LAYERS,
    MAX_PEOPLE_IN_SLOT,
    MAX_SLOTS,
    MAX_WINDOWS,
    Definition,
    HolidayRule,
    Turns,
    Unit,
    parse_minute,
    parse_wall,
    problems_of,
)
from incidents.models import Team, User
from incidents.references import Part, Reference, StrictModel
from notifications.models import SharedChannel
from opsportal.lib.holiday_places import is_place

WHOLE_WEEK = list(range(7))


class WallTimeField(serializers.CharField):
    """A time on the wall, such as ``2026-03-02T09:00``."""

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        try:
            parse_wall(text)
        except ValueError as error:
            said = "Write a time on the wall of the zone, such as 2026-03-02T09:00."
            raise serializers.ValidationError(said) from error
        return text[:16]


class MinuteField(serializers.CharField):
    """A time of day, such as ``22:00``; ``24:00`` is the end of the day."""

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        try:
            parse_minute(text)
        except ValueError as error:
            raise serializers.ValidationError("Write a time of day, such as 22:00.") from error
        return text


def check_zone(name: str) -> None:
    """Raises ValidationError for what is no IANA time zone; '' is that of the schedule."""
    if name and name not in available_timezones():
        raise serializers.ValidationError(f"{name!r} is no IANA time zone, such as Europe/Berlin.")


class LayerHoursSerializer(Part):
    """Hours of the week. ``days``: on which it begins, 0 is Monday. An end that is not after the
    start is on the next day."""

    days = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=6),
        default=WHOLE_WEEK,
        allow_empty=False,
    )
    start = MinuteField(default="00:00")
    end = MinuteField(default="24:00")
    plus_days = serializers.IntegerField(
        min_value=0, max_value=6, default=0, help_text="How many days after its start it ends."
    )


class LayerSerializer(Part):
    """People in a ring who take turns. Of layers of different rank the highest that has anybody
    is on call, those of equal rank together."""

    id = serializers.RegexField(
        r"^[\w-]{1,40}$", required=False, help_text="Kept from version to version."
    )
    name = serializers.CharField(max_length=100)
    rank = serializers.IntegerField(min_value=0, max_value=1000, default=1)
    zone = serializers.CharField(
        default="", allow_blank=True, validators=[check_zone], help_text="Empty: the schedule's."
    )
    unit = serializers.ChoiceField([unit.value for unit in Unit], default=Unit.WEEK.value)
    every = serializers.IntegerField(min_value=1, max_value=max(MAX_EVERY.values()), default=1)
    anchor = WallTimeField(help_text="When a turn of the first place of the ring begins.")
    ring = serializers.ListField(
        child=serializers.ListField(
            child=Reference(User, by="email"), max_length=MAX_PEOPLE_IN_SLOT, allow_empty=True
        ),
        max_length=MAX_SLOTS,
        help_text="Places in their order; several people of one place are on call together, an "
        "empty place leaves its turn to lower ranks.",
    )
    primaries = serializers.IntegerField(min_value=1, max_value=MAX_SLOTS, default=1)
    secondaries = serializers.IntegerField(min_value=0, max_value=MAX_SLOTS, default=0)
    step = serializers.IntegerField(
        min_value=1, max_value=MAX_SLOTS, default=1, help_text="Places that a turn moves on."
    )
    turns = serializers.ChoiceField(
        [turns.value for turns in Turns],
        default=Turns.CALENDAR.value,
        help_text="duty: turns in which no window is open do not move the order on.",
    )
    holidays = serializers.ChoiceField(
        [rule.value for rule in HolidayRule],
        default=HolidayRule.AS_USUAL.value,
        help_text="off: no hours begin on a holiday; only: on holidays alone.",
    )
    calendar = serializers.BooleanField(
        default=False, help_text="A calendar says who is on call: it is added in the settings."
    )
    windows = LayerHoursSerializer(many=True, default=list, max_length=MAX_WINDOWS)  # type: ignore[call-arg]
    until = WallTimeField(default=None, allow_null=True)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """With ``from``, which is a word of Python."""
        fields: dict[str, Any] = super().get_fields()
        fields["from"] = WallTimeField(default=None, allow_null=True)
        return fields


class DefinitionSerializer(Part):
    """The layers of a schedule. Times are times on the wall of its zone."""

    zone = serializers.CharField(validators=[check_zone], default="UTC")
    layers = LayerSerializer(many=True, max_length=MAX_LAYERS, default=list)  # type: ignore[call-arg]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        found = problems_of(definition_from(attrs))
        if found:
            raise serializers.ValidationError({path: [sentence] for path, sentence in found})
        return attrs


def definition_from(attrs: Mapping[str, Any]) -> Definition:
    """The definition of what DefinitionSerializer has read; a layer without an id gets one."""
    taken = {row["id"] for row in attrs["layers"] if row.get("id")}
    layers = []
    for number, row in enumerate(attrs["layers"], 1):
        ring = [[person.pk for person in slot] for slot in row["ring"]]
        layers.append({**row, "id": row.get("id") or _new_id(number, taken), "ring": ring})
    return Definition.from_json({"zone": attrs["zone"] or "UTC", "layers": layers})


def _new_id(number: int, taken: set[str]) -> str:
    while f"layer-{number}" in taken:
        number += 1
    taken.add(f"layer-{number}")
    return f"layer-{number}"


class VersionSerializer(StrictModel):
    """A version: what the schedule is from an instant on (null: since ever)."""

    class Meta:
        model = ScheduleVersion
        fields = [
            *("id", "effective_from", "definition", "note"),
            *("made_at", "made_by", "withdrawn_at"),
        ]


class ScheduleSerializer(StrictModel):
    """A schedule. ``definition`` is written as a whole; a change makes a version that holds from
    ``effective_from`` on: left out, from the next hand-over of what it changes."""

    team = Reference(Team, required=False, allow_null=True)
    hand_over_channel = Reference(SharedChannel, required=False, allow_null=True)
    definition = DefinitionSerializer(required=False)
    effective_from = serializers.DateTimeField(required=False, write_only=True)
    keeps_order = serializers.BooleanField(
        default=True,
        write_only=True,
        help_text="Turn a changed ring so that its order goes on. Off: it begins as written.",
    )
    note = serializers.CharField(max_length=300, required=False, write_only=True, allow_blank=True)

    class Meta:
        model = Schedule
        fields = [
            *("id", "name", "description", "team", "role"),
            *("definition", "effective_from", "keeps_order", "note"),
            *("holidays_country", "holidays_subdivision"),
            *("weekly_mail_day", "weekly_mail_at", "weekly_mail_week"),
            *("hand_over_channel", "confirms_hand_overs", "created_at"),
        ]
        validators: list[Any] = []  # The role of a team is checked below, with a sentence.

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        row = self.instance
        country = attrs.get("holidays_country", getattr(row, "holidays_country", ""))
        part = attrs.get("holidays_subdivision", getattr(row, "holidays_subdivision", ""))
        if not is_place(country, part):
            said = "Holidays are known of countries such as DE, and their parts such as BE."
            raise serializers.ValidationError({"holidays_country": [said]})
        role = attrs.get("role", getattr(row, "role", ""))
        team = attrs.get("team", getattr(row, "team", None))
        if not role:
            return attrs
        if team is None:
            raise serializers.ValidationError({"team": ["Say of which team it is the role."]})
        other = Schedule.objects.filter(team=team, role=role).first()
        if other is not None and other != row:
            raise serializers.ValidationError({"role": [f"{other} is the {role} of {team}."]})
        return attrs

    def to_representation(self, schedule: Any) -> dict[str, Any]:
        """With the definition that holds now."""
        found = super().to_representation(schedule)
        found["definition"] = self.context["definitions"](schedule)
        return found


class OverrideSerializer(StrictModel):
    """Other people than the layers say are on call for some time."""

    schedule = Reference(Schedule)
    people = serializers.ListField(
        child=Reference(User, by="email"), max_length=20, required=False, default=list
    )
    instead_of = Reference(User, by="email", required=False, allow_null=True, default=None)

    class Meta:
        model = Override
        fields = [
            "id",
            "schedule",
            "kind",
            "layer",
            "people",
            "instead_of",
            "starts_at",
            "ends_at",
            "reason",
            "origin",
            "made_at",
            "made_by",
            "cancelled_at",
        ]
        read_only_fields = ["made_at", "made_by", "cancelled_at", "origin"]
        extra_kwargs = {"kind": {"required": False, "default": "instead"}}

    def to_representation(self, override: Any) -> dict[str, Any]:
        """People as the ids that the row holds."""
        people = override.people
        override.people = []
        found = super().to_representation(override)
        override.people = people
        return {**found, "people": people}


class AbsenceSerializer(StrictModel):
    """Somebody is away; with a ``cover`` that one is on call in their place."""

    user = Reference(User, by="email")
    cover = Reference(User, by="email", required=False, allow_null=True)
    team = Reference(Team, required=False, allow_null=True)

    class Meta:
        model = Absence
        fields = [
            *("id", "user", "starts_at", "ends_at", "team", "cover", "note"),
            *("made_at", "made_by", "cancelled_at"),
        ]
        read_only_fields = ["made_at", "made_by", "cancelled_at"]
