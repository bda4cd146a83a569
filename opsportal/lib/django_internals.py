"""What the portal uses of Django beyond its documented interface."""

from collections.abc import Mapping
from typing import Any

import psycopg
from django.db import connection
from django.http import HttpResponse

CHECKED_AGAINST = "django==5.2.19"


def skip_health_check() -> None:
    """Use this thread's database connection in this request without asking whether it lives.

    One that is dead is noticed, and replaced, when it is used.
    """
    connection.health_check_done = True  # type: ignore[attr-defined]


def fetch_prepared(statement: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """All rows of a statement that the server plans once for each connection.

    Django's own cursors write the values into the text, which is parsed and planned each time.
    Raises Django's database errors, not those of psycopg.
    """
    with connection.cursor() as cursor, connection.wrap_database_errors:
        line = cursor.connection
        line.prepare_threshold = 1
        return psycopg.Cursor(line).execute(statement, values, prepare=True).fetchall()


def keep_out_of_log(response: HttpResponse) -> HttpResponse:
    """Mark a response of 4xx or 5xx as logged, so that Django writes no line about it."""
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response
