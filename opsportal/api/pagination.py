"""Pages of the API's lists."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import pagination
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request


class CursorPages(pagination.CursorPagination):
    """Pages that stay right while rows are added, and that cost the same at any depth."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200

    def get_page_size(self, request: Request) -> int | None:
        """What was asked for, at most ``max_page_size``. Raises ValidationError for no number."""
        text = request.query_params.get("page_size", "1")
        if not (text.isascii() and text.isdecimal() and text.strip("0")) or len(text) > 18:
            raise ValidationError({"page_size": ["Write a number from 1 to 200."]})
        return super().get_page_size(request)

    def get_ordering(self, request: Request, queryset: QuerySet[Any], view: Any) -> tuple[str, ...]:
        """As asked, else as the view or the model says; ties are broken by the id."""
        wanted = request.query_params.get("ordering", "").strip()
        wanted = wanted or getattr(view, "ordering", None) or queryset.model._meta.ordering[0]
        if wanted.removeprefix("-") in ("pk", "id"):
            return (wanted,)
        return (wanted, "-pk" if wanted.startswith("-") else "pk")

    def paginate_queryset(
        self, queryset: Any, request: Request, view: Any = None
    ) -> list[Any] | None:
        try:
            return super().paginate_queryset(queryset, request, view)
        except (ValueError, TypeError, OverflowError) as error:
            # A cursor that somebody wrote by hand points at no number or time.
            raise NotFound(self.invalid_cursor_message) from error
