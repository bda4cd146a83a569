"""How the API's lists are narrowed, searched and ordered. Each documents what it knows, and what it
does not know is refused."""

from typing import Any

from django_filters import Filter as BaseFilter
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import filters
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from incidents.filter_types import StrictFilterSet


class Filter(DjangoFilterBackend):
    """The filters that a view names, of the strict types."""

    filterset_base = StrictFilterSet

    def filters_of(self, view: Any) -> dict[str, BaseFilter]:
        """The filters of a view by the names of their parameters."""
        filterset = self.get_filterset_class(view, getattr(view, "queryset", None))
        rows: dict[str, BaseFilter] = filterset.base_filters if filterset else {}
        return rows


class Search(filters.SearchFilter):
    """``search``, of views that name ``search_fields``."""

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        searches = getattr(view, "search_fields", None)
        return super().get_schema_operation_parameters(view) if searches else []


class Ordering(filters.OrderingFilter):
    """``ordering``, of views that name ``ordering_fields``: one of them, with - the other way."""

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        if not (known := self._known(view)):
            return []
        [told] = super().get_schema_operation_parameters(view)
        return [{**told, "schema": {"type": "string", "enum": known}}]

    def remove_invalid_fields(
        self, queryset: Any, fields: Any, view: Any, request: Request
    ) -> list[str]:
        known = self._known(view)
        if len(fields) > 1 or fields[0] not in known:
            raise ValidationError({"ordering": [f"Write one of: {', '.join(known)}."]})
        return list(fields)

    def _known(self, view: Any) -> list[str]:
        names = getattr(view, "ordering_fields", None) or []
        return [f"{sign}{name}" for name in names for sign in ("", "-")]
