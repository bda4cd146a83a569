"""The catalog, as the API shows it."""

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from incidents.references import Strict
from integrations.catalog import Template


class TemplateSerializer(Strict):
    """A tool of the catalog."""

    template = serializers.CharField(source="slug")
    name = serializers.CharField()
    category = serializers.CharField()
    aliases = serializers.ListField(child=serializers.CharField())
    docs = serializers.CharField()
    signature = serializers.CharField()
    checked = serializers.DateField(allow_null=True)
    confidence = serializers.CharField()
    sources = serializers.ListField(child=serializers.CharField())
    retries = serializers.CharField()


@extend_schema_serializer(many=False)
class TemplateListSerializer(Strict):
    """The whole catalog, on one page."""

    results = TemplateSerializer(many=True)


class TemplateDetailSerializer(TemplateSerializer):
    """With its rules, the steps in the tool (Markdown), and the names of its samples."""

    setup = serializers.CharField()
    custom_body = serializers.CharField()
    rules = serializers.DictField()
    samples = serializers.SerializerMethodField()

    def get_samples(self, template: Template) -> list[str]:
        return [sample.name for sample in template.samples]


class DetectSerializer(Strict):
    """A message, decoded: JSON as it is, a form as an object."""

    body = serializers.JSONField(help_text="What the tool sent.")
    headers = serializers.DictField(child=serializers.CharField(), default=dict)


class DetectedEventSerializer(Strict):
    """What would come of one event; the action is empty where nothing would."""

    action = serializers.CharField()
    reason = serializers.CharField()
    subject = serializers.CharField()
    severity = serializers.CharField()
    source_name = serializers.CharField()
    source_id = serializers.CharField()
    dedup_key = serializers.CharField()


class DetectedSerializer(Strict):
    """A template that recognizes the message."""

    template = serializers.CharField(source="template.slug")
    name = serializers.CharField(source="template.name")
    variant = serializers.CharField(help_text="Empty where its rules do not know this form.")
    is_weak = serializers.BooleanField(
        help_text="Another tool is nearly as likely, or much of the message is unknown."
    )
    events = DetectedEventSerializer(many=True)


@extend_schema_serializer(many=False)
class DetectedListSerializer(Strict):
    """The most likely first."""

    results = DetectedSerializer(many=True)
