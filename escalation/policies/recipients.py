"""Whom a person chooses beside the policy: people, teams, topics with their subscribers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from escalation.plans.plan import Plan
from escalation.policies.plan_builder import with_recipients
from incidents.models import Team, Topic, User
from incidents.responders import refuse_stakeholders


@dataclass(frozen=True, slots=True)
class Recipients:
    """They are told with the first step. ``skipped_channels``: (id of a person, channel)."""

    users: Sequence[User] = ()
    teams: Sequence[Team] = ()
    topics: Sequence[Topic] = ()
    skipped_channels: tuple[tuple[int, str], ...] = ()

    def refuse_stakeholders(self) -> None:
        """Raises InvalidRequest where a person who is named is a Stakeholder."""
        refuse_stakeholders("users", self.users)

    def added_to(self, plan: Plan) -> Plan:
        """The plan that tells them as well."""
        subscribers = User.objects.pageable().filter(topics__in=self.topics)
        teams = Team.objects.filter(topics__in=self.topics)
        users = [*(user.pk for user in self.users), *subscribers.values_list("pk", flat=True)]
        groups = [*(team.pk for team in self.teams), *teams.values_list("pk", flat=True)]
        return replace(with_recipients(plan, users, groups), skipped_channels=self.skipped_channels)

    @property
    def topic_priority(self) -> str:
        """The highest priority of the topics, "" where none has one."""
        return min((topic.priority for topic in self.topics if topic.priority), default="")

    @property
    def names(self) -> str:
        """Who they are, for a sentence; "" for nobody."""
        return ", ".join(map(str, [*self.users, *self.teams, *self.topics]))


NOBODY_ELSE = Recipients()
