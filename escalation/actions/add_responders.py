"""People who are asked for by name, beside whoever the policy tells."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from escalation.choices import TargetKind
from escalation.plans.plan import Plan, PlanTarget
from escalation.policies.directory import Directory
from incidents.actions import responder_requests, timeline
from incidents.actions.timeline import entry
from incidents.choices import TimelineVerb, Urgency
from incidents.errors import IncidentClosed, InvalidRequest
from incidents.models import Incident, Team, TeamRole, User
from incidents.responders import refuse_stakeholders
from notifications.actions import page
from notifications.page import Page


@dataclass(frozen=True, slots=True)
class _Request:
    """Who asks, and what for; what has the same page key is done once."""

    page_key: str
    message: str = ""
    by: User | None = None
    via: str = ""


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

    Each may accept or decline (`incidents.actions.responder_requests`). Raises IncidentClosed.
    """
    return _ask(incident_id, users, teams, _Request(page_key, by=by, via=via))


@transaction.atomic
def ask(
    incident_id: int,
    *,
    users: Sequence[User] = (),
    teams: Sequence[Team] = (),
    message: str = "",
    by: User | None = None,
    via: str = "",
) -> Incident:
    """The same with a message, anew each time.

    Raises InvalidRequest where nobody is named or a Stakeholder is, and IncidentClosed.
    """
    if not users and not teams:
        raise InvalidRequest("users: choose somebody, or a team.")
    refuse_stakeholders("users", users)
    request = _Request(f"asked:{uuid.uuid4()}", message.strip(), by, via)
    return _ask(incident_id, [user.pk for user in users], [team.pk for team in teams], request)


def _ask(
    incident_id: int, users: Sequence[int], teams: Sequence[int], request: _Request
) -> Incident:
    incident = Incident.objects.select_for_update(no_key=True).get(pk=incident_id)
    if incident.is_resolved:
        raise IncidentClosed(f"Incident #{incident.pk} is already resolved.")
    people = _people(users, teams)
    responder_requests.request(incident, list(people), message=request.message, by=request.by)
    pages = [_page(incident, user, why, request) for user, why in people.items()]
    reached = page.page(pages, now=timezone.now()) if pages else set()
    text = "Asked for" if reached else "Nobody who was asked for can be reached"
    text += f": {request.message}" if request.message else ""
    facts = {"users": list(people)}
    verb = TimelineVerb.PAGED if reached else TimelineVerb.NO_RECIPIENT
    line = entry(incident, verb, text, by=request.by, via=request.via, facts=facts)
    timeline.record([line])
    return incident


def _people(users: Sequence[int], teams: Sequence[int]) -> dict[int, str]:
    """→ {user id: why} of those who are named, and of the primary roles of the teams."""
    plan = Plan(users=tuple(users), teams=tuple(teams))
    directory = Directory([plan])
    people = dict.fromkeys(users, "by name")
    for team in teams:
        target = PlanTarget(TargetKind.TEAM_ROLE, team, TeamRole.PRIMARY)
        for user, why in directory.people(target, plan):
            people.setdefault(user, why)
    return people


def _page(incident: Incident, user: int, why: str, request: _Request) -> Page:
    said = f". {request.by or request.via}: {request.message}" if request.message else ""
    return Page(
        incident_id=incident.pk,
        page_key=request.page_key,
        reason=f"asked for: {why}{said}",
        urgent=incident.urgency == Urgency.HIGH,
        paging_round=incident.paging_round,
        user_id=user,
        despite_acknowledgement=True,
        is_request=True,
    )
