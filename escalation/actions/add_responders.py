"""People who are asked for by name, beside whoever the policy tells."""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from escalation.choices import TargetKind
from escalation.directory import Directory
from escalation.plan import Plan, PlanTarget
from incidents.actions import timeline
from incidents.actions.timeline import entry
from incidents.choices import TimelineVerb, Urgency
from incidents.errors import IncidentClosed
from incidents.models import Incident, TeamRole, User
from notifications.actions import page
from notifications.page import Page


@transaction.atomic
def add_responders(
    incident_id: int,
    *,
    users: Sequence[int] = (),
    teams: Sequence[int] = (),
    page_key: str,
    by: User | None = None,
    via: str = "",
) -> Incident:
    """Tell these people and teams now, also where somebody has it already; once for a page key.

    Raises IncidentClosed.
    """
    incident = Incident.objects.select_for_update(no_key=True).get(pk=incident_id)
    if incident.is_resolved:
        raise IncidentClosed(f"Incident #{incident.pk} is already resolved.")
    plan = Plan(users=tuple(users), teams=tuple(teams))
    directory = Directory([plan])
    people = dict.fromkeys(users, "by name")
    for team in teams:
        target = PlanTarget(TargetKind.TEAM_ROLE, team, TeamRole.PRIMARY)
        for user, why in directory.people(target, plan):
            people.setdefault(user, why)
    pages = [
        Page(
            incident_id=incident.pk,
            page_key=page_key,
            reason=f"asked for: {why}",
            urgent=incident.urgency == Urgency.HIGH,
            paging_round=incident.paging_round,
            user_id=user,
            despite_acknowledgement=True,
        )
        for user, why in people.items()
    ]
    reached = page.page(pages, now=timezone.now()) if pages else set()
    text = "Asked for" if reached else "Nobody who was asked for can be reached"
    facts = {"users": list(people)}
    verb = TimelineVerb.PAGED if reached else TimelineVerb.NO_RECIPIENT
    timeline.record([entry(incident, verb, text, by=by, via=via, facts=facts)])
    return incident
