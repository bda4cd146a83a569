"""Status pages and what is published on them, as the API shows and takes them."""

from typing import Any

from rest_framework import serializers

from incidents.models import Service
from incidents.references import Part, Reference, Strict, StrictModel
from notifications.choices import ComponentStatus, ReportImpact, ReportKind, ReportState
from notifications.models import StatusPage, StatusReport, StatusUpdate
from notifications.status_pages.addresses import base_of
from opsportal.lib.pages import MAX_ID


class StatusComponentSerializer(Part):
    """A component. With its ``id`` it is changed, without one it is new."""

    id = serializers.IntegerField(required=False, min_value=1)
    name = serializers.CharField(max_length=100)
    group = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    description = serializers.CharField(
        max_length=200, required=False, allow_blank=True, default=""
    )
    service = Reference(Service, required=False, allow_null=True, default=None)


class StatusPageSerializer(StrictModel):
    """``components`` are written as a whole, in the order in which they are shown."""

    components = StatusComponentSerializer(many=True, required=False)
    url = serializers.SerializerMethodField(help_text="Where the public finds it.")
    time_zone = serializers.CharField(required=False, max_length=64)

    class Meta:
        model = StatusPage
        fields = [
            "id",
            "name",
            "slug",
            "domain",
            "url",
            "logo_text",
            "about",
            "support_url",
            "time_zone",
            "takes_mail",
            "takes_webhooks",
            "is_published",
            "components",
            "changed_at",
        ]
        read_only_fields = ["changed_at"]

    def get_url(self, row: StatusPage) -> str:
        return base_of(row)

    def get_fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = super().get_fields()
        fields["is_published"] = serializers.BooleanField(
            required=False, help_text="Whether everybody may read it."
        )
        return fields


class EffectSerializer(Part):
    """How a component is since an update."""

    component = serializers.IntegerField(min_value=1)
    status = serializers.ChoiceField(choices=ComponentStatus.choices)


class StatusUpdateSerializer(StrictModel):
    """One update."""

    effects = serializers.SerializerMethodField()

    class Meta:
        model = StatusUpdate
        fields = ["id", "state", "body", "effects", "at"]

    def get_effects(self, row: StatusUpdate) -> list[dict[str, Any]]:
        return [{"component": int(pk), "status": status} for pk, status in row.effects.items()]


class StatusReportSerializer(StrictModel):
    """An incident or a maintenance of a status page, with its updates, the newest first."""

    updates = StatusUpdateSerializer(many=True, read_only=True)

    class Meta:
        model = StatusReport
        fields = [
            "id",
            "page",
            "kind",
            "title",
            "state",
            "impact",
            "incident",
            "starts_at",
            "ends_at",
            "resolved_at",
            "created_at",
            "changed_at",
            "updates",
        ]
        read_only_fields = fields


class SaySerializer(Strict):
    """An update. ``tells``: the subscribers are told of it."""

    state = serializers.ChoiceField(choices=ReportState.choices)
    body = serializers.CharField(max_length=5000)
    effects = EffectSerializer(many=True, required=False, default=list)
    tells = serializers.BooleanField(required=False, default=True)


class NewReportSerializer(SaySerializer):
    """A new report. Without ``impact`` it is as bad as the worst of its components."""

    page = Reference(StatusPage)
    kind = serializers.ChoiceField(
        choices=ReportKind.choices, required=False, default=ReportKind.INCIDENT
    )
    title = serializers.CharField(max_length=200)
    impact = serializers.ChoiceField(
        choices=ReportImpact.choices, required=False, allow_null=True, default=None
    )
    incident = serializers.IntegerField(
        required=False,
        allow_null=True,
        default=None,
        min_value=1,
        max_value=MAX_ID,
        help_text="The incident here that it is about; nothing of it is shown.",
    )
    starts_at = serializers.DateTimeField(required=False, default=None, allow_null=True)
    ends_at = serializers.DateTimeField(required=False, default=None, allow_null=True)


class ChangeReportSerializer(Strict):
    """Other words for the same; nobody is told."""

    title = serializers.CharField(max_length=200, required=False)
    impact = serializers.ChoiceField(choices=ReportImpact.choices, required=False)
