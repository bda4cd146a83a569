"""Which policies and plays name a person, a team or a channel."""

from collections.abc import Iterator

from django.db.models import Q, QuerySet

from escalation.models import Play, Policy, RoundRobin, Schedule, Workflow
from incidents.admin.usage import Link, tell
from incidents.models import Service, Team, User
from notifications.models import OutboundService, SharedChannel


@tell(User)
def rules_with_person(person: User, user: User) -> Iterator[Link]:
    policies = Policy.objects.filter(steps__targets__user=person)
    plays = Play.objects.filter(tiers__users=person)
    yield from _links(policies, plays, user)


@tell(Team)
def rules_with_team(team: Team, user: User) -> Iterator[Link]:
    policies = Policy.objects.filter(steps__targets__team=team)
    plays = Play.objects.filter(tiers__teams=team)
    yield from _links(policies | Policy.objects.filter(team=team), plays, user)


@tell(SharedChannel)
def policies_with_channel(channel: SharedChannel, user: User) -> Iterator[Link]:
    policies = Policy.objects.filter(steps__targets__shared_channel=channel)
    yield from _links(policies, Play.objects.none(), user)


@tell(SharedChannel)
def schedules_with_channel(channel: SharedChannel, user: User) -> Iterator[Link]:
    for schedule in Schedule.objects.visible_to(user).filter(hand_over_channel=channel):
        yield f"Schedule {schedule}", schedule.get_absolute_url()


@tell(Policy)
def services_of_policy(policy: Policy, user: User) -> Iterator[Link]:
    for service in Service.objects.visible_to(user).filter(default_policy__policy=policy):
        yield f"Service {service}", service.get_absolute_url()


def _links(policies: QuerySet[Policy], plays: QuerySet[Play], user: User) -> Iterator[Link]:
    if not user.has_perm("escalation.Message_Rule_View"):
        return
    for policy in policies.distinct():
        yield f"Policy {policy}", policy.get_absolute_url()
    for play in plays.distinct():
        yield f"Play {play}", play.get_absolute_url()


@tell(RoundRobin)
def policies_with_round_robin(ring: RoundRobin, user: User) -> Iterator[Link]:
    policies = Policy.objects.filter(steps__targets__round_robin=ring)
    yield from _links(policies, Play.objects.none(), user)


@tell(OutboundService)
def workflows_of_service(service: OutboundService, user: User) -> Iterator[Link]:
    uses = Q(actions__ticket_system=service) | Q(actions__outbound_method__service=service)
    for workflow in Workflow.objects.visible_to(user).filter(uses).distinct():
        yield f"Workflow {workflow}", workflow.get_absolute_url()
