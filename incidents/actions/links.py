"""Say what one incident is to another. It has no effect."""

from typing import Any

from django.db import transaction

from incidents.actions.timeline import entry, record
from incidents.choices import LinkKind, TimelineVerb
from incidents.errors import InvalidRequest
from incidents.models import Incident, IncidentLink, User

WORDS = {
    LinkKind.RELATED: ("Related to #{}", "Related to #{}"),
    LinkKind.CAUSED_BY: ("Caused by #{}", "The cause of #{}"),
    LinkKind.DUPLICATE: ("A duplicate of #{}", "#{} is a duplicate of it"),
}


@transaction.atomic
def link(
    incident_id: int,
    other_id: int,
    *,
    kind: str = LinkKind.RELATED,
    by: User | None = None,
    via: str = "",
) -> Incident:
    """The incident is of this kind to the other; in place of what was said of the two before.

    Raises InvalidRequest for itself.
    """
    if incident_id == other_id:
        raise InvalidRequest("incident: choose another one.")
    found = _lock(incident_id, other_id)
    incident, other = found[incident_id], found[other_id]
    known = IncidentLink.objects.filter(source=incident, target=other, kind=kind)
    mirrored = IncidentLink.objects.filter(source=other, target=incident, kind=LinkKind.RELATED)
    if known.exists() or (kind == LinkKind.RELATED and mirrored.exists()):
        return incident
    _between(incident_id, other_id).delete()
    IncidentLink.objects.create(source=incident, target=other, kind=kind, by=by)
    there, back = WORDS[LinkKind(kind)]
    facts = {"source": incident.pk, "target": other.pk, "kind": str(kind)}
    who: dict[str, Any] = {"by": by, "via": via, "facts": facts}
    record(
        [
            entry(incident, TimelineVerb.LINKED, there.format(other.pk), **who),
            entry(other, TimelineVerb.LINKED, back.format(incident.pk), **who),
        ]
    )
    return incident


@transaction.atomic
def unlink(incident_id: int, other_id: int, *, by: User | None = None, via: str = "") -> Incident:
    """The two have nothing to do with each other. Done twice it changes nothing."""
    found = _lock(incident_id, other_id)
    incident, other = found[incident_id], found[other_id]
    count, _ = _between(incident_id, other_id).delete()
    if count:
        who: dict[str, Any] = {"by": by, "via": via}
        record(
            [
                entry(incident, TimelineVerb.UNLINKED, f"From #{other.pk}", **who),
                entry(other, TimelineVerb.UNLINKED, f"From #{incident.pk}", **who),
            ]
        )
    return incident


def _between(first: int, second: int) -> Any:
    pair = (first, second)
    return IncidentLink.objects.filter(source__in=pair, target__in=pair)


def _lock(first: int, second: int) -> dict[int, Incident]:
    locked = Incident.objects.select_for_update(no_key=True).filter(pk__in=(first, second))
    return {incident.pk: incident for incident in locked.order_by("pk")}
