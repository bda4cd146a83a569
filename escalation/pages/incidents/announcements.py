"""What a person is told of the paging that they began: whom it pages, and never more than that."""

from django.contrib.auth import get_user_model

from escalation.models import Run
from incidents.choices import TimelineVerb
from incidents.models import Incident, TimelineEntry
from incidents.views.base import Caution, Underway

User = get_user_model()
OUTCOMES = (TimelineVerb.PAGED, TimelineVerb.NO_RECIPIENT)


def describe_paging(incident: Incident, done: str) -> str:
    """``done`` and whom the newest step of the present run pages: no success before it is one."""
    run = Run.objects.filter(incident=incident).first()
    lines = incident.timeline.filter(verb__in=OUTCOMES, facts__run=run.pk if run else 0)
    line = lines.order_by("-pk").first()
    if line is None:
        return Underway(f"{done}. Nobody is paged yet: the next step is below.")
    if line.verb == TimelineVerb.NO_RECIPIENT:
        return Caution(f"{done}, but {line.text[:1].lower()}{line.text[1:]}.")
    return Underway(f"{done}. It pages {_names(line)}; whether it arrives is shown below.")


def _names(line: TimelineEntry) -> str:
    users = User.objects.filter(pk__in=line.facts.get("users") or [])
    names = [str(user) for user in users]
    if channels := len(line.facts.get("channels") or []):
        names.append("a shared channel" if channels == 1 else f"{channels} shared channels")
    return ", ".join(names) or "whom the step names"
