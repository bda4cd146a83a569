"""Integrations: made from a template, changed, switched, tried out."""

from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.response import Response

from incidents.api.viewsets import ConfigRows
from incidents.errors import InvalidRequest
from incidents.permissions import may_read_secrets
from incidents.serializers.incidents import EmptySerializer
from integrations import verbs
from integrations.catalog import find
from integrations.filters import IntegrationFilter
from integrations.models import ADMINISTER, Integration
from integrations.serializers.integrations import (
    EventsSerializer,
    IntegrationSerializer,
    PreviewSerializer,
    SampleSerializer,
)
from integrations.serializers.messages import MessageDetailSerializer


class IntegrationViewSet(ConfigRows):
    """The ways in. Deleting one keeps its messages in the inbound log."""

    queryset = Integration.objects.none()
    serializer_class = IntegrationSerializer
    filterset_class = IntegrationFilter
    search_fields = ["name", "template"]
    ordering_fields = ["id", "name", "sequence", "changed_at"]
    ordering = "id"
    entitlements = {"": ADMINISTER}

    def get_queryset(self):
        rows = Integration.objects.visible_to(self.me)
        return rows.prefetch_related("teams", "users")

    def get_serializer_context(self):
        shows = self.me.has_perm(ADMINISTER) and may_read_secrets(self.request)
        return {**super().get_serializer_context(), "shows_secrets": shows}

    @transaction.atomic
    def write(self, row, fields):
        if row is None:
            if fields.get("signature_secret"):
                fields.setdefault("signature_provider", _signer(fields["template"]))
            return verbs.create_integration(**fields, by=self.me)
        if fields.pop("template", row.template) != row.template:
            raise InvalidRequest("template: it stays. Add another integration for another tool.")
        return self._change(row, fields)

    def _change(self, row, fields):
        if "field_mapping" in fields:
            verbs.change_field_mapping(row.pk, fields.pop("field_mapping"))
        if "rules" in fields:
            verbs.change_rules(row.pk, fields.pop("rules"))
        if "rate_limit" in fields:
            verbs.change_rate_limit(row.pk, fields.pop("rate_limit"))
        provider = fields.pop("signature_provider", row.signature_provider)
        secret = fields.pop("signature_secret", row.signature_secret)
        if (provider, secret) != (row.signature_provider, row.signature_secret):
            verbs.change_signature(row.pk, provider or _signer(row.template), secret)
        return verbs.change_basics(row.pk, **fields) if fields else row

    def perform_destroy(self, instance):
        verbs.delete_integration(instance.pk)

    @extend_schema(request=EmptySerializer)
    @action(detail=True, methods=["post"])
    def rotate_token(self, request, pk):
        """A new URL and key; the old ones open nothing from now on."""
        return self.answer(verbs.rotate_token(self.get_object().pk))

    @extend_schema(request=EmptySerializer)
    @action(detail=True, methods=["post"])
    def enable(self, request, pk):
        """Take messages. Doing it twice changes nothing."""
        return self.answer(verbs.set_enabled(self.get_object().pk, True))

    @extend_schema(request=EmptySerializer)
    @action(detail=True, methods=["post"])
    def disable(self, request, pk):
        """Refuse messages with 403. Doing it twice changes nothing."""
        return self.answer(verbs.set_enabled(self.get_object().pk, False))

    @extend_schema(request=SampleSerializer, responses={201: MessageDetailSerializer})
    @action(detail=True, methods=["post"])
    def test(self, request, pk):
        """Put a sample of the template through the real path, marked as a test."""
        sample = self.input(SampleSerializer)["sample"]
        message = verbs.send_sample(self.get_object().pk, sample)
        return Response(MessageDetailSerializer(message).data, status=201)

    @extend_schema(request=PreviewSerializer, responses=EventsSerializer)
    @action(detail=True, methods=["post"])
    def preview(self, request, pk):
        """What the mapping makes of a body. Nothing is stored, nobody is paged."""
        integration, wanted = self.get_object(), self.input(PreviewSerializer)
        body, headers = wanted.get("body"), wanted.get("headers")
        if "sample" in wanted:
            sample = _sample(integration, wanted["sample"])
            body, headers = sample.body, sample.headers
        events = verbs.preview(wanted.get("rules", integration), body, headers)
        return Response({"events": events})


def _signer(template):
    """How the template's tool signs, where nothing else is said."""
    found = find(template)
    return found.signature if found and found.signature else "generic"


def _sample(integration, name):
    template = find(integration.template)
    sample = template and template.sample(name)
    if not sample:
        names = ", ".join(sample.name for sample in template.samples) if template else ""
        raise InvalidRequest(f"sample: there is no “{name}”; known: {names}.")
    return sample
