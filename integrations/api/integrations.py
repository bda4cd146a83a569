"""Integrations: made from a template, changed, switched, tried out."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from incidents.errors import InvalidRequest
from incidents.permissions import may_read_secrets
from incidents.serializers.incidents import EmptySerializer
from integrations.api.filters import IntegrationFilter
from integrations.api.forwards import ForwardActions, change_forwarding
from integrations.api.rules import RuleActions
from integrations.api.serializers.integrations import (
    EventsSerializer,
    IntegrationSerializer,
    KeyIdSerializer,
    KeyUseSerializer,
    NewSecretSerializer,
    OverlapSerializer,
    PreviewSerializer,
    SampleSerializer,
    SecretIdSerializer,
    ShownSecretSerializer,
)
from integrations.api.serializers.messages import MessageDetailSerializer
from integrations.api.simulator import SimulatorAction
from integrations.catalog import Sample, find
from integrations.heartbeats.schedule import TEMPLATE as HEARTBEAT
from integrations.inbound.endpoint_cache import provider_of, usual_provider
from integrations.models import ADMINISTER, Integration
from integrations.setup import adopt_key, edit, heartbeats, integrations, replay, rotation, security
from integrations.setup import routing as integration_routing
from integrations.setup.samples import samples_of
from integrations.signatures import keyring

CREDENTIALS = ("basic_user", "basic_password", "bearer_token")
SECURITY = (
    *("signature_provider", "signature_secret", "signature_form", "allowed_networks"),
    *CREDENTIALS,
    "chat_app_id",
    *("forward_address", "forward_key", "forward_until"),
)


class IntegrationViewSet(SimulatorAction, ForwardActions, RuleActions):
    """Integrations. Deleting one keeps its messages in the inbound log."""

    queryset = Integration.objects.none()
    serializer_class = IntegrationSerializer
    filterset_class = IntegrationFilter
    search_fields = ["name", "template"]
    ordering_fields = ["id", "name", "sequence", "changed_at"]
    ordering = "id"
    entitlements = {"": ADMINISTER, "keys": ADMINISTER, "forwards": ADMINISTER}

    def get_queryset(self) -> QuerySet[Any]:
        rows = Integration.objects.visible_to(self.me)
        return rows.select_related("heartbeat").prefetch_related("teams", "users")

    def get_serializer_context(self) -> dict[str, Any]:
        shows = self.me.has_perm(ADMINISTER) and may_read_secrets(self.request)
        return {**super().get_serializer_context(), "shows_secrets": shows}

    @transaction.atomic
    def write(self, row: Integration | None, fields: dict[str, Any]) -> Integration:
        token = fields.pop("token", None)
        row = self._write(row, fields)
        return adopt_key.adopt_token(row.pk, token) if token else row

    def _write(self, row: Integration | None, fields: dict[str, Any]) -> Integration:
        timing = fields.pop("heartbeat", None)
        template = row.template if row else fields["template"]
        if (find(template) is find(HEARTBEAT)) != bool(timing) and (timing or not row):
            raise InvalidRequest("heartbeat: it goes with the template heartbeat, and only there.")
        if row is None:
            fields.pop("mailbox_overlap_minutes", None)
            return self._create(fields, timing)
        if timing:
            heartbeats.change_heartbeat(row.pk, **timing)
        if find(fields.pop("template", row.template)) is not find(row.template):
            raise InvalidRequest("template: it stays. Add another integration for another tool.")
        return self._change(row, fields)

    def _create(self, fields: dict[str, Any], timing: dict[str, Any] | None) -> Integration:
        if timing:
            del fields["template"]
            return heartbeats.create_heartbeat(**fields, **timing, by=self.me)
        secured = {name: fields.pop(name) for name in SECURITY if name in fields}
        created = integrations.create_integration(**fields, by=self.me)
        return self._change_security(created, secured)

    def _change(self, row: Integration, fields: dict[str, Any]) -> Integration:
        if "field_mapping" in fields:
            edit.change_field_mapping(row.pk, fields.pop("field_mapping"))
        if "rules" in fields:
            integrations.change_rules(row.pk, fields.pop("rules"))
        if "routing" in fields:
            integration_routing.change_routing(row.pk, fields.pop("routing"))
        if "rate_limit" in fields:
            edit.change_rate_limit(row.pk, fields.pop("rate_limit"))
        row = self._change_security(
            row, {name: fields.pop(name) for name in SECURITY if name in fields}
        )
        overlap = timedelta(minutes=fields.pop("mailbox_overlap_minutes", 0))
        return edit.change_basics(row.pk, mailbox_overlap=overlap, **fields) if fields else row

    def _change_security(self, row: Integration, fields: dict[str, Any]) -> Integration:
        if signing := {k: v for k, v in fields.items() if k.startswith("signature_")}:
            provider = signing.get("signature_provider", provider_of(row))
            secret = signing.get("signature_secret")
            if not provider and (row.has_signature_secret if secret is None else secret):
                provider = usual_provider(row.template)
            form = signing.get("signature_form")
            row = security.change_signature(row.pk, provider, secret, form)
        if "allowed_networks" in fields:
            row = security.change_networks(row.pk, fields["allowed_networks"])
        if credentials := {name: fields[name] for name in CREDENTIALS if name in fields}:
            row = security.change_credentials(row.pk, **credentials)
        if "chat_app_id" in fields:
            row = security.change_chat_app(row.pk, fields["chat_app_id"])
        return change_forwarding(row, fields)

    def perform_destroy(self, instance: Any) -> None:
        edit.delete_integration(instance.pk)

    @extend_schema(request=OverlapSerializer)
    @action(detail=True, methods=["post"])
    def rotate_token(self, request: Request, pk: int) -> Response:
        """A new URL and key, for all integrations on the URL. The old ones stay valid for so many
        minutes; without it they open nothing from now on."""
        overlap = timedelta(minutes=self.input(OverlapSerializer)["overlap_minutes"])
        return self.answer(rotation.rotate_token(self.get_object().pk, overlap=overlap))

    @extend_schema(responses=KeyUseSerializer(many=True))
    @action(detail=True, methods=["get"], pagination_class=None, filter_backends=[])
    def keys(self, request: Request, pk: int) -> Response:
        """The present token and mailbox, and those before them that are still valid, each with
        when it was last used."""
        row = self.get_object()
        return Response(KeyUseSerializer(rotation.keys_of(row), many=True).data)

    @extend_schema(request=KeyIdSerializer)
    @action(detail=True, methods=["post"])
    def end_key(self, request: Request, pk: int) -> Response:
        """A replaced token or mailbox opens nothing from now on. Doing it twice changes nothing."""
        return self.answer(
            rotation.end_key(self.get_object().pk, self.input(KeyIdSerializer)["id"])
        )

    @extend_schema(request=NewSecretSerializer, responses={201: ShownSecretSerializer})
    @action(detail=True, methods=["post"])
    def add_secret(self, request: Request, pk: int) -> Response:
        """One more secret, valid beside the others: for an exchange without a gap."""
        given = self.input(NewSecretSerializer).get("secret", "")
        row, text = security.add_secret(self.get_object().pk, given)
        added = next(s for s in keyring.read(row.signature_secret) if s.text == text)
        told = {"id": added.id, "added_at": added.added_at, "secret": text}
        return Response(ShownSecretSerializer(told).data, status=201)

    @extend_schema(request=SecretIdSerializer)
    @action(detail=True, methods=["post"])
    def remove_secret(self, request: Request, pk: int) -> Response:
        """Messages signed with it are rejected from now on. Doing it twice changes nothing."""
        wanted = self.input(SecretIdSerializer)["id"]
        return self.answer(security.remove_secret(self.get_object().pk, wanted))

    @extend_schema(request=EmptySerializer)
    @action(detail=True, methods=["post"])
    def enable(self, request: Request, pk: int) -> Response:
        """Accept messages. Doing it twice changes nothing."""
        self.input(EmptySerializer)
        return self.answer(integrations.set_enabled(self.get_object().pk, True))

    @extend_schema(request=EmptySerializer)
    @action(detail=True, methods=["post"])
    def disable(self, request: Request, pk: int) -> Response:
        """Reject messages with 403. Doing it twice changes nothing."""
        self.input(EmptySerializer)
        return self.answer(integrations.set_enabled(self.get_object().pk, False))

    @extend_schema(request=EmptySerializer)
    @action(detail=True, methods=["post"])
    def pause(self, request: Request, pk: int) -> Response:
        """A heartbeat: a missed ping alerts nobody. Doing it twice changes nothing."""
        self.input(EmptySerializer)
        return self.answer(heartbeats.pause_heartbeat(self._heartbeat()).integration)

    @extend_schema(request=EmptySerializer)
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: int) -> Response:
        """A heartbeat: expect pings again, from now on. Doing it twice changes nothing."""
        self.input(EmptySerializer)
        return self.answer(heartbeats.resume_heartbeat(self._heartbeat()).integration)

    def _heartbeat(self) -> int:
        row = self.get_object()
        if row.kind != Integration.Kind.HEARTBEAT:
            raise InvalidRequest("This integration is no heartbeat.")
        return row.pk

    @extend_schema(request=SampleSerializer, responses={201: MessageDetailSerializer})
    @action(detail=True, methods=["post"])
    def test(self, request: Request, pk: int) -> Response:
        """Post a sample of the template to the endpoint, marked as a test. An incident that it
        opens closes by itself after 15 minutes."""
        wanted = self.input(SampleSerializer)
        message = replay.send_sample(
            self.get_object().pk, wanted["sample"], audience=wanted["audience"], by=self.me
        )
        shows = self.may_read("messages")
        body = MessageDetailSerializer(message).data if shows else {"id": message.pk}
        return Response(body, status=201)

    @extend_schema(request=PreviewSerializer, responses=EventsSerializer)
    @action(detail=True, methods=["post"])
    def preview(self, request: Request, pk: int) -> Response:
        """The events of a body. Nothing is stored, nobody is paged."""
        integration, wanted = self.get_object(), self.input(PreviewSerializer)
        body, headers = wanted.get("body"), wanted.get("headers")
        if "sample" in wanted:
            sample = _sample(integration, wanted["sample"])
            body, headers = sample.body, sample.headers
        rules, routing = wanted.get("rules", integration), wanted.get("routing")
        events = replay.preview(rules, body, headers, routing)
        return Response({"events": events})


def _sample(integration: Integration, name: str) -> Sample:
    known = {sample.name: sample for sample in samples_of(integration)}
    if name not in known:
        raise InvalidRequest(f"sample: there is no “{name}”; known: {', '.join(known)}.")
    return known[name]
