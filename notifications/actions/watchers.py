"""Watchers are told of what happens, by what does not wake them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from incidents.choices import TimelineVerb
from incidents.models import IncidentWatcher, TimelineEntry
from notifications.choices import NotificationEvent
from notifications.models import Notification
from notifications.page import PAGES, Page

MAX_TEXT = 300  # characters of what was written
WORDS = {
    TimelineVerb.COMMENTED: "wrote",
    TimelineVerb.EDITED: "changed it",
    TimelineVerb.ASSIGNED: "assigned it",
}
# Of these, whoever was paged hears in any case.
TOLD_ANYWAY = (TimelineVerb.RESOLVED, TimelineVerb.MERGED)


def pages_of(
    lines: Sequence[TimelineEntry], events: Mapping[TimelineVerb, NotificationEvent]
) -> Iterator[Page]:
    """What each watcher is told of these lines: nobody of what they did themselves."""
    numbers = {line.incident_id for line in lines}
    watching: dict[int, list[int]] = defaultdict(list)
    rows = IncidentWatcher.objects.filter(incident__in=numbers).order_by("pk")
    for incident, user in rows.values_list("incident", "user"):
        watching[incident].append(user)
    if not watching:
        return
    paged = Notification.objects.filter(incident__in=watching, event__in=PAGES)
    known = set(paged.values_list("incident", "user"))
    for line in lines:
        for user in watching[line.incident_id]:
            is_told = line.verb in TOLD_ANYWAY and (line.incident_id, user) in known
            if user != line.by_id and not is_told:
                yield _page(line, user, events)


def _page(line: TimelineEntry, user: int, events: Mapping[TimelineVerb, NotificationEvent]) -> Page:
    verb = TimelineVerb(line.verb)
    said = f": {line.text[:MAX_TEXT]}" if line.text else ""
    news = f". {line.by or line.via} {WORDS[verb]}{said}" if verb in WORDS else ""
    return Page(
        incident_id=line.incident_id,
        page_key=f"update:{line.pk}",
        reason=f"you watch it{news}",
        urgent=False,
        paging_round=line.incident.paging_round,
        user_id=user,
        event=events.get(verb, NotificationEvent.UPDATED),
        is_announcement=True,
        always_told=True,
    )
