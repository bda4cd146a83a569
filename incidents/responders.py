"""Who may act on an incident and who can be paged, with the sentences that say why not."""

from collections.abc import Collection, Iterable

from incidents.errors import DomainError, InvalidRequest
from incidents.models import Incident, User
from incidents.models.people import RESPOND, RESPONDER, STAKEHOLDER

GIVE_ROLE = f"Whoever administers people can give the role {RESPONDER}."

NO_ROLE = f"You have no role that responds, and were paged for none of these. {GIVE_ROLE}"


class NotAllowed(DomainError):
    """The person may not act on this incident."""

    code = "not_allowed"


def actionable(incidents: Collection[Incident], user: User) -> set[int]:
    """The ids of those incidents, all visible to the person, that they may act on."""
    ids = {incident.pk for incident in incidents}
    if not ids or user.has_perm(RESPOND):
        return ids
    return set(
        Incident.objects.respondable_by(user).filter(pk__in=ids).values_list("pk", flat=True)
    )


def why_not(user: User, incident: Incident) -> str:
    """Why this person may not act on the incident; '' where they may."""
    if Incident.objects.respondable_by(user).filter(pk=incident.pk).exists():
        return ""
    if not user.is_active:
        return f"{user} is no longer active here."
    if user.is_stakeholder:
        return f"{user} is a Stakeholder, who is informed and does not act. {GIVE_ROLE}"
    if not Incident.objects.visible_to(user).filter(pk=incident.pk).exists():
        return f"There is no incident #{incident.pk} that {user} may see."
    return _why_no_page(user, incident)


def _why_no_page(user: User, incident: Incident) -> str:
    pages = user.notifications.filter(incident=incident.pk, facts__has_key="paging_round")
    rounds = pages.values_list("facts__paging_round", flat=True)
    if incident.paging_round in rounds:
        return f"{user} has no role any more that responds. {GIVE_ROLE}"
    if rounds:
        return (
            f"{user} was paged in an earlier round of #{incident.pk}. Paging has started anew "
            f"since, and others were paged. {GIVE_ROLE}"
        )
    return f"{user} has no role that responds, and was not paged for #{incident.pk}. {GIVE_ROLE}"


def require_may_act(user: User, incident: Incident) -> None:
    """Raises NotAllowed, with the reason, where the person may not act on the incident."""
    if reason := why_not(user, incident):
        raise NotAllowed(reason)


def stakeholder_problem(people: Iterable[User]) -> str:
    """Why these people cannot all be paged: names the Stakeholders among them; '' for none."""
    ids = {person.pk for person in people if person.reads_along is not False}
    # Hardly anybody has the role, and to ask for it alone is a fraction of the work.
    held = User.objects.filter(groups__name=STAKEHOLDER, pk__in=ids).values_list("pk", flat=True)
    holders = list(held.order_by()) if ids else []
    if not holders:
        return ""
    names = [str(person) for person in User.objects.stakeholders().filter(pk__in=holders)]
    if not names:
        return ""
    one = len(names) == 1
    who = f"{', '.join(names)} {'is a Stakeholder' if one else 'are Stakeholders'}"
    return (
        f"{who}: informed, never paged. Choose somebody else, or give "
        f"{'this person' if one else 'them'} the role {RESPONDER}."
    )


def refuse_stakeholders(field: str, people: Iterable[User]) -> None:
    """Raises InvalidRequest at the field where a Stakeholder is among those to be paged."""
    if problem := stakeholder_problem(people):
        raise InvalidRequest(f"{field}: {problem}")
