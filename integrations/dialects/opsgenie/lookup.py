"""Find alerts by the identifiers of Opsgenie's API, within one service."""

from django.db.models import F

from incidents.models import Alert
from integrations.dialects.opsgenie.ids import number_of
from integrations.mapping.events import Event
from opsportal.lib.text import as_text

MAX_DIGITS = 18


def find_alert(service_id: int | None, kind: str, identifier: str) -> Alert | None:
    """The alert with this id, tiny id or alias; of several with one alias the open one, else the
    latest."""
    alerts = Alert.objects.filter(service=service_id).select_related("incident")
    if kind == "alias":
        key = Event(dedup_key=as_text(identifier)).key
        return alerts.filter(key=key).order_by(F("closed_at").desc(nulls_first=True), "-pk").first()
    number = number_of("alert", identifier) if kind == "id" else _tiny(identifier)
    return alerts.filter(pk=number).first() if number is not None else None


def _tiny(text: str) -> int | None:
    is_number = text.isascii() and text.isdecimal() and len(text) <= MAX_DIGITS
    return int(text) if is_number else None
