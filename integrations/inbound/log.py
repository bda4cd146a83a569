"""Write the inbound log. The columns are those of the model: none is named here.

A column that is added to `InboundMessage` is stored with its default from then on, and whoever
fills it names it in ``columns_of`` or in a ``LogUpdate``.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.db import connection, models
from django.db.models import Field

from integrations.inbound.request import InboundRequest
from integrations.models import InboundMessage
from opsportal.lib.django_internals import fetch_prepared
from opsportal.lib.text import clean

TABLE = InboundMessage._meta.db_table
COLUMNS: dict[str, "Field[Any, Any]"] = {
    field.attname: field for field in InboundMessage._meta.concrete_fields if not field.primary_key
}
# What the driver takes as it is.
PLAIN = (
    models.BinaryField,
    models.BooleanField,
    models.DateTimeField,
    models.ForeignKey,
    models.IntegerField,
)
# Read in the same statement from the integration that the message is for.
FROM_INTEGRATION = {"integration_id": "i.id", "service_id": "i.service_id"}


@dataclass(frozen=True, slots=True)
class LogUpdate:
    """New values for columns of a stored message, by attribute: ``{"alert_id": 7}``."""

    message: InboundMessage
    values: dict[str, Any]


def columns_of(inbound: InboundRequest, now: datetime, **values: Any) -> dict[str, Any]:
    """The columns of a request that came in now, its secrets covered; ``values`` are others."""
    return {
        "route": inbound.route,
        "content_type": inbound.content_type,
        "headers": inbound.redacted_headers,
        "query": inbound.redacted_query,
        "body": inbound.body,
        "body_digest": inbound.digest,
        "signed_digest": inbound.signed_digest,
        "remote_address": inbound.remote_address,
        "is_test": inbound.is_test,
        "test_audience": inbound.test_audience,
        "test_user_id": inbound.test_user_id,
        "replay_of_id": inbound.replay_of,
        "received_at": now,
        "ready_at": now,
        **values,
    }


def insert(values: Mapping[str, Any], *, version: datetime, and_select: str = "") -> int | None:
    """Store a new message in one statement; returns its number.

    ``values`` are columns by attribute, ``integration_id`` and times with a default among them;
    the others have their defaults. None where the integration is gone or was changed since
    ``version``, its ``changed_at``. ``and_select`` is SQL to append to its RETURNING list, such as
    ``, pg_notify(…)``. No model instance is made: that would cost a tenth of the rate.
    """
    given = {name: _prepared(COLUMNS[name], value) for name, value in values.items()}
    statement = _insert_statement() + and_select
    rows = fetch_prepared(statement, {**_defaults(), **given, "version": version})
    return rows[0][0] if rows else None


def write_results(updates: Sequence[LogUpdate]) -> None:
    """Write these columns of these messages in one statement.

    A column that only some of them name keeps in the others what their row says. Raises TypeError
    for a name that is no column.
    """
    named = {name for update in updates for name in update.values}
    if unknown := named - COLUMNS.keys():
        raise TypeError(f"no columns of the inbound log: {', '.join(sorted(unknown))}")
    if not named:
        return
    arrays: dict[str, list[Any]] = {"id": [update.message.pk for update in updates]}
    for name in sorted(named):
        field = COLUMNS[name]
        values = (_value(update, name) for update in updates)
        arrays[name] = [_prepared(field, value) for value in values]
    with connection.cursor() as cursor:
        cursor.execute(_update_statement(frozenset(named)), arrays)


def _value(update: LogUpdate, name: str) -> Any:
    return update.values[name] if name in update.values else getattr(update.message, name)


def _prepared(field: "Field[Any, Any]", value: Any) -> Any:
    """As the database takes it: text without NUL, no longer than its column."""
    if isinstance(value, str):
        return clean(str(value))[: field.max_length]
    return value if isinstance(field, PLAIN) else field.get_db_prep_save(value, connection)


@cache
def _defaults() -> dict[str, Any]:
    """The defaults of columns, as the database takes them; a default that is a time changes."""
    return {
        name: _prepared(field, field.get_default())
        for name, field in COLUMNS.items()
        if not (isinstance(field, models.DateTimeField) and field.has_default())
    }


@cache
def _insert_statement() -> str:
    values = ", ".join(FROM_INTEGRATION.get(name, f"%({name})s") for name in COLUMNS)
    return (
        f"INSERT INTO {TABLE} ({', '.join(COLUMNS)}) SELECT {values} "  # noqa: S608 - names of ours
        "FROM integrations_integration AS i "
        "WHERE i.id = %(integration_id)s AND i.changed_at = %(version)s RETURNING id"
    )


@cache
def _update_statement(names: frozenset[str]) -> str:
    columns = sorted(names)
    arrays = ", ".join(["%(id)s::bigint[]", *(f"%({name})s::{_type(name)}[]" for name in columns)])
    sets = ", ".join(f"{name} = v.{name}" for name in columns)
    given = ", ".join(["id", *columns])
    return (
        f"UPDATE {TABLE} AS m SET {sets} "  # noqa: S608 - names of ours
        f"FROM unnest({arrays}) AS v({given}) WHERE m.id = v.id"
    )


def _type(name: str) -> str:
    """Its type in the database, without a length: a cast would cut off what is longer."""
    return re.sub(r"\(.*\)", "", COLUMNS[name].db_type(connection) or "text")
