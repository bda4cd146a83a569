"""What keeps the paging of a whole incident back: suppression, low urgency, and privacy."""

from collections.abc import Iterator

from escalation.why.question import Question
from escalation.why.reasons import Reason, sentence
from incidents.choices import TimelineVerb
from incidents.models import Incident, TimelineEntry
from incidents.report import LOW_URGENCY


def not_begun(asked: Question) -> Reason:
    """Why nobody is told yet."""
    incident, until = asked.incident, asked.incident.suppressed_until
    if not incident.suppressed_reason:
        return Reason("paging has not started")
    line = _waiting(incident)
    if line and until and incident.suppressed_reason.startswith(LOW_URGENCY):
        text = f"nobody is told until {asked.spell(until)}: its urgency is low, and it waits for"
        return Reason(f"{text} the support hours of {incident.service}{_since(line, asked)}")
    return Reason(f"nobody is told yet, {incident.suppressed_reason}")


def waited(asked: Question) -> Iterator[Reason]:
    """How long low urgency waited for support hours, where that is over."""
    line = _waiting(asked.incident)
    if line is None or asked.incident.suppressed_reason:
        return
    resumed = asked.incident.timeline.filter(verb=TimelineVerb.NOTIFICATIONS_RESUMED)
    over = resumed.filter(pk__gt=line.pk).select_related("by").order_by("pk").first()
    if over is not None:
        span = f"from {asked.spell(line.at)} until {asked.spell(over.at)}"
        ended = f", which {over.by} ended" if over.by else ""
        hours = f"the support hours of {asked.incident.service}"
        text = f"{span} nobody was told: low urgency waited for {hours}{ended}"
        yield Reason(sentence(text), line.at)


def hidden(asked: Question) -> Iterator[Reason]:
    """That the person does not see a private incident, and who made it private."""
    incident = asked.incident
    rows = Incident.objects.filter(pk=incident.pk)
    if not rows.hidden_from(asked.person).exists():
        return
    lines = incident.timeline.select_related("by")
    edited = lines.filter(verb=TimelineVerb.EDITED, facts__changes__is_private__1=True)
    line = edited.last() or lines.filter(verb=TimelineVerb.OPENED).first()
    by = f", by {line.by}" if line and line.by else ""
    text = f"#{incident.pk} is private{_since(line, asked)}{by}: {asked.person} does not see it,"
    yield Reason(
        sentence(f"{text} as long as nobody pages or asks them"), line.at if line else None
    )


def _waiting(incident: Incident) -> TimelineEntry | None:
    return incident.timeline.filter(verb=TimelineVerb.WAITS_FOR_HOURS).last()


def _since(line: TimelineEntry | None, asked: Question) -> str:
    return f" since {asked.spell(line.at)}" if line else ""
