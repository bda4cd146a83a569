"""Why somebody sees nothing: so that an empty page is not taken for a quiet one."""

from collections.abc import Iterable

from incidents.models import Service, User

SEES_ALL = "incidents.Messages_View_GlobalAccess"
ASK = "Ask whoever administers people and teams"


def blind_spot(user: User) -> str:
    """Why this person sees no incidents but their own; '' where they see those of a team."""
    if user.has_perm(SEES_ALL):
        return ""
    teams = [str(team) for team in user.teams.all()]
    if not teams:
        return f"You are in no team, so you see no incidents but your own. {ASK} to add you to one."
    if Service.objects.of_teams_of(user).exists():
        return ""
    names = f"team{'s' * (len(teams) > 1)} {', '.join(teams)}"
    return (
        f"No service belongs to your {names}, so you see no incidents but your own. "
        f"{ASK} to say which services your team answers for."
    )


def no_services(user: User) -> str:
    """Why this person sees no service, and nothing that is reported of one; '' where they do."""
    if user.has_perm(SEES_ALL) or user.has_perm("incidents.change_service"):
        return ""
    if Service.objects.visible_to(user).exists():
        return ""
    return blind_spot(user)


def hidden_services(services: Iterable[Service], user: User) -> set[int]:
    """The ids of those services whose incidents the person does not see."""
    if user.has_perm(SEES_ALL):
        return set()
    teams = set(user.teams.values_list("pk", flat=True))
    return {service.pk for service in services if service.team_id not in teams}


def hidden_of(service: Service, user: User) -> str:
    """Why this person does not see the incidents of a service; '' where they do."""
    if user.has_perm(SEES_ALL):
        return ""
    if service.team_id is None:
        return (
            f"{service} has no team, so you see none of its incidents but your own. "
            f"Choose its team in its settings, or ask whoever may."
        )
    if user.teams.filter(pk=service.team_id).exists():
        return ""
    return (
        f"{service} belongs to {service.team}, which you are not in: you see none of its "
        f"incidents but your own. {ASK} to add you."
    )
