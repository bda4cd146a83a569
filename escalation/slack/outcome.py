"""What came of something that was asked for, as Slack shows it."""

from django.conf import settings
from django.utils.translation import gettext as _

from incidents.choices import TimelineVerb
from incidents.errors import DomainError
from incidents.models import Incident
from notifications.message.slack_text import link
from opsportal.lib.sentences import translated

TELLING = (TimelineVerb.PAGED, TimelineVerb.NO_RECIPIENT)


def opened(incident: Incident) -> str:
    """That it is open, and whether anybody is told: it is no success before somebody is."""
    title = link(url_of(incident), f"#{incident.pk} {incident.title}")
    if was_told(incident):
        return _("{title} is open, and people are told.").format(title=title)
    if incident.timeline.filter(verb=TimelineVerb.NO_RECIPIENT).exists():
        nobody = _("{title} is open, but nobody could be told: nobody can be reached.")
        return nobody.format(title=title)
    return _("{title} is open, and nobody is told yet.").format(title=title)


def was_told(incident: Incident) -> bool:
    """Whether the last who were to be told of it could be."""
    last = incident.timeline.filter(verb__in=TELLING).order_by("pk").last()
    return last is not None and last.verb == TimelineVerb.PAGED


def url_of(incident: Incident) -> str:
    """Its page."""
    return f"{settings.SITE_URL}{incident.get_absolute_url()}"


def refusal_of(error: DomainError) -> tuple[str, str]:
    """The field that a refusal names, or "", and its sentence in the language that is active."""
    said = translated(str(error))
    name, _colon, sentence = str(error).partition(": ")
    if not sentence or not name.isidentifier():
        return "", said
    sentence = sentence if said == str(error) else said
    return name, f"{sentence[:1].upper()}{sentence[1:]}"
