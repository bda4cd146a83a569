"""One's own API keys."""

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from incidents.actions import api_keys
from incidents.api.viewsets import Rows
from incidents.models import ApiKey
from incidents.permissions import require_scope
from incidents.serializers.people import KeyOverlapSerializer, KeySerializer, NewKeySerializer


class KeyViewSet(mixins.CreateModelMixin, mixins.DestroyModelMixin, Rows):
    """API keys. To delete one revokes it: it opens nothing from then on, and stays in the list."""

    queryset = ApiKey.objects.none()
    serializer_class = KeySerializer
    filterset_fields = ["name"]
    search_fields = ["name", "prefix"]
    ordering_fields = ["id", "name", "created_at"]
    ordering = "-id"
    scope = "config"
    entitlements = {"": None}

    def get_queryset(self) -> QuerySet[Any]:
        return ApiKey.objects.visible_to(self.me)

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        return NewKeySerializer if self.action in ("create", "rotate") else KeySerializer

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "now": timezone.now()}

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """A new key of one's own. A key makes none that may do more, or lives longer, than it."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        wanted = serializer.validated_data
        for scope in sorted(wanted["scopes"]):
            require_scope(request, scope)
        ends = [wanted.get("expires_at"), getattr(request.auth, "expires_at", None)]
        expires_at = min((end for end in ends if end), default=None)
        key, text = api_keys.create_key(
            self.me, wanted["name"], wanted["scopes"], expires_at=expires_at
        )
        return Response({**self.get_serializer(key).data, "key": text}, status=201)

    @extend_schema(request=KeyOverlapSerializer, responses={201: NewKeySerializer})
    @action(detail=True, methods=["post"])
    def rotate(self, request: Request, pk: str) -> Response:
        """A new key in place of one's own. The old one stays valid for so many minutes."""
        old = self.get_object()
        if old.user_id != self.me.pk:
            raise PermissionDenied("Only whose key it is may have another one in its place.")
        for scope in old.scopes:
            require_scope(request, scope)
        overlap = timedelta(minutes=self.input(KeyOverlapSerializer)["overlap_minutes"])
        end = getattr(request.auth, "expires_at", None)
        key, text = api_keys.rotate_key(old.pk, overlap=overlap, expires_at=end)
        return Response({**self.get_serializer(key).data, "key": text}, status=201)

    def perform_destroy(self, instance: Any) -> None:
        api_keys.revoke_key(instance.pk)
