"""What was changed: to report it, and to find it."""

from typing import Any

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from incidents.actions import changes
from incidents.api.viewsets import Rows
from incidents.filter_types import NumberInFilter, StrictFilterSet, TimeFilter
from incidents.models import Change
from incidents.permissions import via_of
from incidents.serializers.changes import ChangeSerializer


class ChangeFilter(StrictFilterSet):
    service = NumberInFilter(label="Services, by id, separated by commas.")
    after = TimeFilter(field_name="at", lookup_expr="gte")
    before = TimeFilter(field_name="at", lookup_expr="lt")

    class Meta:
        model = Change
        fields = ["source"]


class ChangeViewSet(Rows):
    """Deployments and other changes. They are shown beside incidents and page nobody."""

    queryset = Change.objects.none()
    serializer_class = ChangeSerializer
    filterset_class = ChangeFilter
    search_fields = ["summary", "source"]
    ordering_fields = ["at", "id"]
    ordering = "-at"
    scope = "incidents"
    scopes = {"create": "events:write"}
    entitlements = {"create": None}

    def get_queryset(self) -> QuerySet[Any]:
        return Change.objects.visible_to(self.me).select_related("service")

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Report a change. A key needs the scope events:write."""
        fields = self.input(ChangeSerializer)
        change = changes.record_change(fields.pop("service"), via=via_of(request), **fields)
        return self.answer(change, status=201)
