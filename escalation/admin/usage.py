"""Which policies and plays name a person, a team or a channel."""

from itertools import chain

from escalation.models import Play, Policy
from incidents.admin.usage import tell
from incidents.models import Service, Team, User
from notifications.models import SharedChannel


@tell(User)
def rules_with_person(person, user):
    policies = Policy.objects.filter(steps__targets__user=person)
    plays = Play.objects.filter(tiers__users=person)
    yield from _links(policies, plays, user)


@tell(Team)
def rules_with_team(team, user):
    policies = Policy.objects.filter(steps__targets__team=team)
    plays = Play.objects.filter(tiers__teams=team)
    yield from _links(policies | Policy.objects.filter(team=team), plays, user)


@tell(SharedChannel)
def policies_with_channel(channel, user):
    policies = Policy.objects.filter(steps__targets__shared_channel=channel)
    yield from _links(policies, Play.objects.none(), user)


@tell(Policy)
def services_of_policy(policy, user):
    for service in Service.objects.visible_to(user).filter(default_policy__policy=policy):
        yield f"Service {service}", service.get_absolute_url()


def _links(policies, plays, user):
    if not user.has_perm("escalation.Message_Rule_View"):
        return
    for rule in chain(policies.distinct(), plays.distinct()):
        yield f"{rule._meta.verbose_name.capitalize()} {rule}", rule.get_absolute_url()
