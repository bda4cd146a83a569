"""Query parameters that an address does not know are refused: a filter that is misspelt must not
become no filter."""

from typing import Any, ClassVar

import django_filters as filters
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.views import APIView

OPENAPI = "get_schema_operation_parameters"


class KnownParameters(APIView):
    """A view that takes the parameters which it documents, each once.

    ``query_parameters`` names, by action, those that it reads itself. Lists know those of their
    filters and their pages. Raises ValidationError by the name of the parameter.
    """

    query_parameters: ClassVar[dict[str, tuple[str, ...]]] = {}
    like_lists: ClassVar[tuple[str, ...]] = ()  # actions that take the filters of the list

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self._refuse_unknown(request)

    def _refuse_unknown(self, request: Request) -> None:
        known, repeatable = self.known_parameters(), self.repeatable_parameters()
        problems = {}
        for name, values in request.query_params.lists():
            if name not in known:
                told = f"Known: {', '.join(known)}." if known else "None are known here."
                problems[name[:100]] = [f"There is no such parameter. {told}"]
            elif len(values) > 1 and name not in repeatable:
                problems[name] = ["Write it once."]
        if problems:
            raise ValidationError(problems)

    def known_parameters(self) -> list[str]:
        """The names, sorted, for what is being done."""
        own = self.query_parameters.get(getattr(self, "action", None) or "", ())
        if not self._is_list():
            return sorted(own)
        sources = [row for row in self._backends() if hasattr(row, OPENAPI)]
        sources += [paginator] if (paginator := getattr(self, "paginator", None)) else []
        told = [row for source in sources for row in source.get_schema_operation_parameters(self)]
        return sorted({*own, *self._filters(), *(row["name"] for row in told)})

    def repeatable_parameters(self) -> set[str]:
        """The filters of which several values mean any of them."""
        rows = self._filters() if self._is_list() else {}
        return {name for name, row in rows.items() if isinstance(row, filters.MultipleChoiceFilter)}

    def _is_list(self) -> bool:
        return getattr(self, "action", None) in ("list", *self.like_lists)

    def _backends(self) -> list[Any]:
        return [backend() for backend in getattr(self, "filter_backends", [])]

    def _filters(self) -> dict[str, filters.Filter]:
        rows = [row.filters_of(self) for row in self._backends() if hasattr(row, "filters_of")]
        return {name: found for row in rows for name, found in row.items()}
