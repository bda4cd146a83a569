"""A whole team is asked whether pages reach it: a test to each contact method of its members."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from incidents.errors import InvalidRequest
from incidents.models import Team, User
from notifications.actions.contact_methods import send_test
from notifications.channels import all_channels
from notifications.models import ContactMethod, TeamTest

EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class MemberReach:
    """A member, with the contact methods that are used for pages."""

    user: User
    contact_methods: tuple[ContactMethod, ...]


@dataclass(frozen=True, slots=True)
class TeamReach:
    """Who of a team has answered, and when all of it was asked last."""

    members: tuple[MemberReach, ...]
    last: TeamTest | None

    @property
    def asked_at(self) -> datetime | None:
        """None where it was not asked yet."""
        return self.last.asked_at if self.last else None

    @property
    def asked_by(self) -> User | None:
        """None where it was not asked yet, or by somebody who is gone."""
        return self.last.asked_by if self.last else None

    @property
    def count(self) -> int:
        """How many contact methods there are."""
        return sum(len(member.contact_methods) for member in self.members)

    @property
    def answered(self) -> int:
        """How many of them were answered since all were asked."""
        since = self.asked_at
        methods = [one for member in self.members for one in member.contact_methods]
        return sum(bool(since and one.proven_at and one.proven_at >= since) for one in methods)


def reach_of(team: Team) -> TeamReach:
    """How the active members of a team can be reached, in the order in which they are told."""
    places = team.memberships.filter(user__is_active=True).select_related("user")
    people = {place.user_id: place.user for place in places}
    channels = [key for key, channel in all_channels().items() if channel.reaches]
    methods = ContactMethod.objects.usable().filter(user__in=people, channel__in=channels)
    of_person: dict[int, list[ContactMethod]] = {pk: [] for pk in people}
    for method in methods:
        of_person[method.user_id].append(method)
    members = (MemberReach(people[pk], tuple(found)) for pk, found in of_person.items())
    last = TeamTest.objects.filter(team=team).select_related("asked_by").first()
    return TeamReach(tuple(members), last)


@transaction.atomic
def test_team(team: Team, *, by: User) -> TeamReach:
    """Send a test to every contact method of the team that is used for pages.

    Raises InvalidRequest within an hour of the last time, and where there is none.
    """
    Team.objects.select_for_update(no_key=True).get(pk=team.pk)
    reach, now = reach_of(team), timezone.now()
    if reach.asked_at and reach.asked_at > now - EVERY:
        raise InvalidRequest("This team was asked less than an hour ago.")
    if not reach.count:
        raise InvalidRequest("Nobody in this team has a contact method that is used for pages.")
    last, _ = TeamTest.objects.update_or_create(
        team=team, defaults={"asked_at": now, "asked_by": by}
    )
    for member in reach.members:
        for method in member.contact_methods:
            reason = f"{by} asks everybody in {team} whether pages arrive"
            with suppress(InvalidRequest):  # Somebody who had many tests of late has had enough.
                send_test(method_id=method.pk, reason=reason)
    return TeamReach(reach.members, last)
