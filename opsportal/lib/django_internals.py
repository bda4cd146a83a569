"""What the portal uses of Django beyond its documented interface."""

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from functools import wraps
from typing import Any

import psycopg
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.http import parse_header_parameters

from opsportal.lib.charsets import encoding_of

CHECKED_AGAINST = "django==5.2.19"


def skip_health_check() -> None:
    """Use this thread's database connection in this request without asking whether it lives.

    One that is dead is noticed, and replaced, when it is used.
    """
    connection.health_check_done = True  # type: ignore[attr-defined]


def fetch_prepared(
    statement: str, values: Mapping[str, Any] | Sequence[Any]
) -> list[tuple[Any, ...]]:
    """All rows of a statement that the server plans once for each connection.

    Django's own cursors write the values into the text, which is parsed and planned each time.
    Raises Django's database errors, not those of psycopg.
    """
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    with connection.wrap_database_errors:
        line: psycopg.Connection[Any] = connection.connection
        line.prepare_threshold = 1
        return psycopg.Cursor(line).execute(statement, values, prepare=True).fetchall()


def once_on_commit(call: Callable[[], None]) -> None:
    """Call it when the transaction is committed, once however often a transaction asks for it."""
    if not any(known[1] is call for known in connection.run_on_commit):
        transaction.on_commit(call)


def refuse_odd_charsets() -> None:
    """Let requests whose Content-Type names no charset of ``encoding_of`` be read as UTF-8.

    Django takes any codec, and decodes the query with it when the request is made: before any
    middleware ``hex`` raises, and ``punycode`` takes the square of its length. Parameters that
    cannot be parsed raise there, too; they are dropped.
    """
    read = HttpRequest._set_content_type_params  # type: ignore[attr-defined]
    if hasattr(read, "__wrapped__"):
        return

    @wraps(read)
    def read_safely(request: HttpRequest, meta: MutableMapping[str, Any]) -> None:
        line = meta.get("CONTENT_TYPE", "")
        try:
            found = parse_header_parameters(line)
        except ValueError:
            found = line.partition(";")[0].strip().lower(), {}
            meta["CONTENT_TYPE"] = found[0]
        if encoding_of(found[1].get("charset", "utf-8")):
            read(request, meta)
        else:
            request.content_type, request.content_params = found

    HttpRequest._set_content_type_params = read_safely  # type: ignore[attr-defined]


def keep_out_of_log(response: HttpResponse) -> HttpResponse:
    """Mark a response of 4xx or 5xx as logged, so that Django writes no line about it."""
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response
