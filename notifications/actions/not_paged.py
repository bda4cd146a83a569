"""Who is named by a page and is not told of it: the timeline says so, and why."""

from collections.abc import Callable, Sequence

from incidents.actions import timeline
from incidents.actions.timeline import entry
from incidents.choices import TimelineVerb
from incidents.models import Incident, TimelineEntry, User
from notifications.page import Page

Words = Callable[[User, Page], str]


def record_stakeholders(pages: Sequence[Page]) -> None:
    """Say of each of these pages that it reaches a Stakeholder, once for a person and a round."""
    _record(
        pages,
        lambda person, page: f"{person} is a Stakeholder: informed, never paged ({page.reason})",
    )


def record_opted_out(pages: Sequence[Page]) -> None:
    """Say of each of these pages of low urgency that its person has opted out of them, once for a
    person and a round."""
    _record(
        pages,
        lambda person, page: (
            f"{person} has opted out of {page.opted_out}: low urgency is a line in the portal "
            f"({page.reason})"
        ),
    )


def _record(pages: Sequence[Page], words: Words) -> None:
    pages = [page for page in pages if page.incident_id]
    if not pages:
        return
    incidents = Incident.objects.in_bulk({page.incident_id for page in pages})
    people = User.objects.in_bulk({page.user_id for page in pages if page.user_id})
    known = TimelineEntry.objects.filter(incident__in=incidents, verb=TimelineVerb.NOT_PAGED)
    said = {_key(line.incident_id, line.facts) for line in known}
    lines = []
    for page in pages:
        person = people[page.user_id or 0]
        facts = {"user": person.pk, "paging_round": page.paging_round}
        key = _key(page.incident_id or 0, facts)
        if key in said:
            continue
        said.add(key)
        incident = incidents[page.incident_id or 0]
        text = words(person, page)
        lines.append(entry(incident, TimelineVerb.NOT_PAGED, text, facts=facts))
    timeline.record(lines)


def _key(incident_id: int, facts: dict[str, object]) -> tuple[object, ...]:
    return incident_id, facts.get("user"), facts.get("paging_round")
