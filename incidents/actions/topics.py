"""Incidents are published to topics."""

from collections.abc import Iterable, Sequence

from incidents.actions.timeline import entry, record
from incidents.choices import TimelineVerb
from incidents.models import Incident, TimelineEntry, Topic, User
from incidents.report import Report


def lines_of_topics(published: Sequence[tuple[Report, Incident]]) -> list[TimelineEntry]:
    """Publish incidents to the topics that reports of new alerts name; the lines that say so are
    for the caller to record. A topic that was deleted meanwhile is left out."""
    names = Topic.objects.in_bulk({report.topic_id for report, _ in published})
    through = Incident.topics.through
    known = set(
        through.objects.filter(incident__in={incident.pk for _, incident in published}).values_list(
            "incident", "topic"
        )
    )
    lines, new = [], []
    for report, incident in published:
        topic = names.get(report.topic_id)
        if topic is None or (incident.pk, topic.pk) in known:
            continue
        known.add((incident.pk, topic.pk))
        new.append(through(incident_id=incident.pk, topic_id=topic.pk))
        line = _line(incident, [topic], via=report.via)
        line.at = report.at
        lines.append(line)
    through.objects.bulk_create(new, ignore_conflicts=True)
    return lines


def publish(
    incident: Incident, topics: Iterable[Topic], *, by: User | None = None, via: str = ""
) -> None:
    """The incident, which the caller has locked, is about these topics as well."""
    record(add_topics(incident, topics, by=by, via=via))


def add_topics(
    incident: Incident, topics: Iterable[Topic], *, by: User | None = None, via: str = ""
) -> list[TimelineEntry]:
    """The same; the line that says which of them are new is for the caller to record."""
    wanted = {topic.pk: topic for topic in topics}
    if not wanted:
        return []
    known = set(incident.topics.filter(pk__in=wanted).values_list("pk", flat=True))
    new = [topic for pk, topic in wanted.items() if pk not in known]
    if not new:
        return []
    incident.topics.add(*new)
    return [_line(incident, new, by=by, via=via)]


def _line(
    incident: Incident, topics: Sequence[Topic], *, by: User | None = None, via: str = ""
) -> TimelineEntry:
    text, facts = ", ".join(map(str, topics)), {"topics": [topic.pk for topic in topics]}
    return entry(incident, TimelineVerb.TOPIC_ADDED, text, by=by, via=via, facts=facts)
