"""Services, as the API shows and takes them."""

from typing import Any

from rest_framework import serializers

from incidents.choices import Priority
from incidents.holidays import problem_of
from incidents.models import Service, Severity, Team
from incidents.references import Part, Reference, Strict, StrictModel
from incidents.sla_targets import MAX_MINUTES, MAX_WARNINGS, TARGETS
from incidents.sla_targets import MAX_ROWS as MAX_TARGETS
from incidents.support_hours import MAX_ROWS, ROW_DAYS

CLOCK = r"^([01]\d|2[0-3]):[0-5]\d$"
END_CLOCK = r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$"


class SupportHoursSerializer(Part):
    """Times of the week; an end that is not after its start is on the next day.

    ``holiday`` among the days: on holidays, too, on which no other hours begin.
    """

    days = serializers.ListField(
        child=serializers.ChoiceField(ROW_DAYS), min_length=1, max_length=len(ROW_DAYS)
    )
    start = serializers.RegexField(CLOCK, help_text="As 09:00.")
    end = serializers.RegexField(END_CLOCK, help_text="As 17:00; 24:00 is midnight.")


class TargetRowSerializer(Part):
    """SLA targets in minutes, for some severities and priorities; for all where none is named."""

    severities = serializers.ListField(
        child=serializers.ChoiceField(Severity.choices), default=list, max_length=4
    )
    priorities = serializers.ListField(
        child=serializers.ChoiceField(Priority.choices), default=list, max_length=5
    )
    acknowledge = serializers.IntegerField(
        min_value=1, max_value=MAX_MINUTES, default=None, allow_null=True
    )
    resolve = serializers.IntegerField(
        min_value=1, max_value=MAX_MINUTES, default=None, allow_null=True
    )


class SlaWarningSerializer(Part):
    """Minutes before a target, or percent of its time: one of the two."""

    target = serializers.ChoiceField(TARGETS)
    minutes = serializers.IntegerField(
        min_value=1, max_value=MAX_MINUTES, default=None, allow_null=True
    )
    percent = serializers.IntegerField(min_value=1, max_value=99, default=None, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if (attrs["minutes"] is None) == (attrs["percent"] is None):
            raise serializers.ValidationError({"minutes": ["Write either minutes or percent."]})
        return attrs


class ServiceSerializer(StrictModel):
    """A service without what higher apps add to it."""

    team = Reference(Team, required=False, allow_null=True)
    support_hours = SupportHoursSerializer(
        many=True,
        required=False,
        max_length=MAX_ROWS,  # type: ignore[call-arg]
        help_text="When it is attended. Empty: always.",
    )

    sla_targets = TargetRowSerializer(
        many=True,
        required=False,
        max_length=MAX_TARGETS,  # type: ignore[call-arg]
        help_text="The first that fits holds; the two numbers hold where none does.",
    )
    sla_warnings = SlaWarningSerializer(
        many=True,
        required=False,
        max_length=MAX_WARNINGS,  # type: ignore[call-arg]
    )
    urgent_severities = serializers.ListField(
        child=serializers.ChoiceField(Severity.choices),
        required=False,
        max_length=len(Severity),
        help_text="Where the urgency is found by the severity: those of high urgency.",
    )

    class Meta:
        model = Service
        fields = [
            "id",
            "name",
            "description",
            "team",
            "acknowledge_within_minutes",
            "resolve_within_minutes",
            "sla_targets",
            "sla_clock",
            "sla_pauses_on_hold",
            "sla_warnings",
            "acknowledgement_expires_minutes",
            "auto_resolve_minutes",
            "support_hours",
            "support_time_zone",
            "holidays_country",
            "holidays_subdivision",
            "urgency_rule",
            "urgent_severities",
            "urgency_inside",
            "urgency_outside",
            "raise_at_opening",
            "archived_at",
            "created_at",
        ]
        read_only_fields = ["archived_at", "created_at"]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        names = ("holidays_country", "holidays_subdivision", "support_hours")
        country, part, rows = (attrs.get(name, getattr(self.instance, name, "")) for name in names)
        field, text = problem_of(country, part, rows)
        if text:
            raise serializers.ValidationError({field: [text]})
        return attrs


class TargetReportSerializer(Strict):
    """One target in one month; medians in seconds, null where nothing was done yet."""

    target = serializers.ChoiceField(TARGETS)
    met = serializers.IntegerField()
    missed = serializers.IntegerField()
    open = serializers.IntegerField()
    median_s = serializers.IntegerField(allow_null=True)
    median_without_held_s = serializers.IntegerField(allow_null=True)


class MonthReportSerializer(Strict):
    """The incidents of a month that had a target, by when they opened."""

    month = serializers.CharField()
    incidents = serializers.IntegerField()
    targets = TargetReportSerializer(many=True)
