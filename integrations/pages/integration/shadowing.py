"""Several integrations on one URL: which of them will never be given a message."""

import json
from collections.abc import Sequence
from typing import Any

from integrations.models import Integration
from integrations.pages.rule_editor.summary import say_filters


def shadowed(siblings: Sequence[Integration]) -> dict[int, str]:
    """Why an integration will never receive anything, by its number; only those that will not.

    The lowest enabled one whose filters accept a message takes it. So whatever stands behind one
    without filters, or behind one with the same filters, is never asked.
    """
    found: dict[int, str] = {}
    before: list[Integration] = []
    for row in in_order(siblings):
        if row.is_enabled:
            if reason := _reason(row, before):
                found[row.pk] = reason
            before.append(row)
    return found


def siblings_of(row: Integration) -> dict[str, Any]:
    """All integrations on the URL of this one, in their order, and which of them wait in vain."""
    found = in_order(list(Integration.objects.beside(Integration.objects.filter(pk=row.pk))))
    reasons = shadowed(found)
    lines = [
        {"row": one, "takes": say_filters(one.rules), "shadow": reasons.get(one.pk, "")}
        for one in found
    ]
    return {"on_url": lines if len(lines) > 1 else [], "shadow": reasons.get(row.pk, "")}


def shadows_on(rows: Sequence[Integration]) -> dict[int, str]:
    """The same for all the rows of a page, each among those beside it."""
    own = Integration.objects.filter(pk__in=[row.pk for row in rows])
    columns = ("name", "kind", "sequence", "is_enabled", "token_digest", "mailbox", "rules")
    together: dict[str, list[Integration]] = {}
    for row in Integration.objects.beside(own).only(*columns):
        together.setdefault(row.mailbox or row.token_digest, []).append(row)
    reasons: dict[int, str] = {}
    for siblings in together.values():
        reasons |= shadowed(siblings)
    return reasons


def in_order(siblings: Sequence[Integration]) -> list[Integration]:
    """As they are asked: by sequence, the older first where it is the same."""
    return sorted(siblings, key=lambda row: (row.sequence, row.pk))


def _reason(row: Integration, before: list[Integration]) -> str:
    for other in before:
        if not _filters(other):
            return (
                f"{other.name} (sequence {other.sequence}) stands before it and has no filter: "
                "it takes every message."
            )
        if _same(_filters(other), _filters(row)):
            return (
                f"{other.name} (sequence {other.sequence}) stands before it and has the same "
                "filter: it takes the same messages."
            )
    return ""


def _filters(row: Integration) -> Any:
    raw = row.rules.get("filters") if isinstance(row.rules, dict) else None
    if not isinstance(raw, dict):
        return None
    return {name: members for name, members in raw.items() if members} or None


def _same(one: Any, other: Any) -> bool:
    """Equal whatever the order of rows."""
    return _canonical(one) == _canonical(other)


def _canonical(raw: Any) -> str:
    if isinstance(raw, dict):
        raw = {
            name: sorted(_canonical(row) for row in rows) if isinstance(rows, list) else rows
            for name, rows in raw.items()
        }
    return json.dumps(raw, sort_keys=True)
