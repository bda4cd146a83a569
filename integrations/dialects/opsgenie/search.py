"""The part of that API's search queries that scripts use: `status:open AND priority:P1 disk`."""

import re
from collections.abc import Callable

from django.db.models import Q

from incidents.models import Incident

TERM = re.compile(r'(?:(?P<field>\w+)\s*:\s*)?(?:"(?P<quoted>[^"]*)"|(?P<word>[^\s"]+))')
STATES = {
    "open": Q(closed_at=None),
    "closed": Q(closed_at__isnull=False),
    "acknowledged": Q(incident__status=Incident.Status.ACKNOWLEDGED),
    "acked": Q(incident__status=Incident.Status.ACKNOWLEDGED),
    "snoozed": Q(incident__status=Incident.Status.ON_HOLD),
    "unacked": Q(incident__status=Incident.Status.OPEN),
}
MAX_TERMS = 20


def condition_of(query: str) -> Q:
    """The filter of a query: all terms must match; a word without a field is searched in titles."""
    found = Q()
    for term in list(TERM.finditer(query.replace("\x00", "")))[:MAX_TERMS]:
        field, text = (term["field"] or "").lower(), term["quoted"] or term["word"] or ""
        if not field and text.upper() == "AND":
            continue
        found &= _term(field, text.strip("*"))
    return found


def _term(field: str, text: str) -> Q:
    make = FIELDS.get(field)
    return make(text) if make else Q(title__icontains=text)


def _tag(text: str) -> Q:
    name, _, value = text.partition(":")
    return Q(attributes__tags__contains={name: value or "true"})


def _tiny(text: str) -> Q:
    is_number = text.isascii() and text.isdecimal() and len(text) < 19
    return Q(pk=int(text)) if is_number else Q(pk=None)


def _is(state: str) -> Callable[[str], Q]:
    return lambda text: STATES[state] if text.lower() == "true" else ~STATES[state]


FIELDS: dict[str, Callable[[str], Q]] = {
    "status": lambda text: STATES.get(text.lower(), Q(pk=None)),
    "acknowledged": _is("acknowledged"),
    "snoozed": _is("snoozed"),
    "alias": lambda text: Q(dedup_key=text),
    "priority": lambda text: Q(incident__priority=text.upper()),
    "tag": _tag,
    "tags": _tag,
    "description": lambda text: Q(long_text__icontains=text),
    "tinyid": _tiny,
}
