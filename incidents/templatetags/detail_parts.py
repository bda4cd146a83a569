"""The attributes of an alert, and the changes related to an incident."""

from collections.abc import Mapping
from typing import Any

from django import template

from incidents import related_changes
from incidents.models import Incident, User
from opsportal.lib.text import as_text

register = template.Library()
NAMES = {
    "severity_text": "Severity there",
    "recipient_users": "Recipients",
    "recipient_groups": "Recipient groups",
}

NOT_SHOWN = ("links", "maintenance")  # Shown otherwise: in their own lines.


@register.filter
def rows_of(details: Mapping[str, Any]) -> list[tuple[str, object]]:
    """Pairs of a name and a text: what an alert keeps, without its links."""
    found: list[tuple[str, object]] = []
    for name, value in details.items():
        if name in ("tags", "custom_fields") and isinstance(value, dict):
            found += [(key, as_text(one)) for key, one in value.items()]
        elif name not in NOT_SHOWN and value:
            shown = ", ".join(map(str, value)) if isinstance(value, list) else value
            found.append((NAMES.get(name, name.capitalize()), shown))
    return found


@register.filter
def links_of(details: Mapping[str, Any]) -> list[Any]:
    """Pairs of a text and an address, whatever else may stand there. Images are links, too: a
    page that loaded them would tell their host who looks, and when."""
    rows = details.get("links") or []
    return [row for row in rows if isinstance(row, list) and len(row) == 2 and all(row)]


@register.inclusion_tag("incidents/_related_changes.html")
def changes_beside(incident: Incident, user: User) -> dict[str, Any]:
    """The changes that may explain the incident."""
    return {"incident": incident, **related_changes.related_changes(incident, user)}
