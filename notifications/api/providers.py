"""Accounts at providers: their configuration, a check, and a test to oneself."""

from collections.abc import Callable
from datetime import UTC
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from incidents.api.viewsets import ConfigRows
from incidents.errors import InvalidRequest
from incidents.serializers.incidents import EmptySerializer
from notifications.actions import costs, provider_tests, settings
from notifications.models import Provider
from notifications.models.provider import CHANGE
from notifications.provider_accounts import ProviderAccount, account_of
from notifications.serializers.providers import (
    ProviderSerializer,
    ProviderTestSerializer,
    SpendingSerializer,
)
from opsportal.lib.net.errors import DeliveryError

MONTH = OpenApiParameter("month", str, description="Such as 2026-11 (UTC). Left out: this one.")


class ProviderViewSet(ConfigRows):
    """Accounts by which messages leave. Of several of a channel the one with the longest prefix of
    the number is asked first, then by position; the next one at once where it fails. Those that
    variables of the environment configure are not listed."""

    queryset = Provider.objects.none()
    serializer_class = ProviderSerializer
    filterset_fields = ["name", "channel", "kind", "is_enabled"]
    search_fields = ["name"]
    ordering_fields = ["name", "position", "id"]
    ordering = "name"
    entitlements = {
        "": CHANGE,
        "create": "notifications.add_provider",
        "destroy": "notifications.delete_provider",
        "spending": "notifications.view_provider",
    }
    query_parameters: ClassVar[dict[str, tuple[str, ...]]] = {"spending": ("month",)}

    def get_queryset(self) -> QuerySet[Any]:
        return Provider.objects.visible_to(self.me)

    def write(self, row: Any, fields: dict[str, Any]) -> Any:
        if row is None:
            return settings.add_provider(**fields)
        fields.pop("channel", None)
        fields.pop("kind", None)
        return settings.change_provider(row.pk, **fields)

    @extend_schema(parameters=[MONTH], responses=SpendingSerializer(many=True))
    @action(detail=False, methods=["get"], pagination_class=None, filter_backends=[])
    def spending(self, request: Request) -> Response:
        """What each account has sent in a month, and what is known of its costs."""
        text = request.query_params.get("month") or f"{timezone.now().astimezone(UTC):%Y-%m}"
        try:
            month = costs.month_of(text)
        except ValueError:
            raise ValidationError({"month": ["Write a month such as 2026-11."]}) from None
        return Response(SpendingSerializer(costs.spending(month), many=True).data)

    @extend_schema(request=EmptySerializer, responses=ProviderTestSerializer)
    @action(detail=True, methods=["post"])
    def check(self, request: Request, pk: str) -> Response:
        """Ask the provider whether the account works; nothing is sent. 400 in its words if not."""
        return self._ask(provider_tests.check)

    @extend_schema(request=EmptySerializer, responses=ProviderTestSerializer)
    @action(detail=True, methods=["post"])
    def test(self, request: Request, pk: str) -> Response:
        """Send a test by this account to one's own address on its channel, now."""
        return self._ask(lambda account: provider_tests.send_test(account, self.me))

    def _ask(self, ask: Callable[[ProviderAccount], str]) -> Response:
        self.input(EmptySerializer)
        account = account_of(self.get_object())
        if account is None:
            raise InvalidRequest("config: its secrets cannot be read: enter them anew.")
        try:
            return Response({"detail": ask(account)})
        except DeliveryError as error:
            raise InvalidRequest(str(error)) from error
