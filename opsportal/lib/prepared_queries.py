"""Queries that each page asks: Django makes SQL of them once, and the server plans them once."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import DateTimeField, IntegerField, QuerySet
from django.db.models.expressions import RawSQL

from opsportal.lib.django_internals import fetch_prepared


@dataclass(frozen=True, slots=True)
class _Parameter:
    name: str


def moment(name: str) -> RawSQL:
    """A point in time that is known when the query is run."""
    return RawSQL("%s::timestamptz", [_Parameter(name)], output_field=DateTimeField())


def number(name: str) -> RawSQL:
    """A number, such as a primary key, that is known when the query is run."""
    return RawSQL("%s::bigint", [_Parameter(name)], output_field=IntegerField())


class PreparedQuery:
    """A query set of which nothing changes but its parameters (``moment``, ``number``).

    To make SQL of a query set takes Django longer than PostgreSQL takes to answer it.
    """

    def __init__(self, make: Callable[[], QuerySet[Any, Any]]) -> None:
        self._make = make

    @cached_property
    def _statement(self) -> tuple[str, tuple[Any, ...]]:
        return self._make().query.sql_with_params()

    def fetch(self, **values: Any) -> list[tuple[Any, ...]]:
        """All rows as the driver reads them: JSON is a text. Raises Django's database errors."""
        statement, params = self._statement
        known = [values[one.name] if isinstance(one, _Parameter) else one for one in params]
        return fetch_prepared(statement, known)

    def exists(self, **values: Any) -> bool:
        """Whether there is a row; the query set should end with ``[:1]``."""
        return bool(self.fetch(**values))
