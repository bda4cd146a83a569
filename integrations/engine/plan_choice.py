"""By which plan an event pages: its integration's, or what an override puts in its place."""

from dataclasses import dataclass

from escalation.actions.start import policy_of
from escalation.models import Play, Policy
from escalation.plan import SelectedPlan
from escalation.plan_builder import plan_of_play, plan_of_policy, with_recipients
from integrations.models import Integration
from integrations.routing.routing import Override

MOST_NAMED = 100  # people and teams that one event may add


@dataclass(frozen=True, slots=True)
class Lead(SelectedPlan):
    """A plan, and whose it is."""

    def told_to(self, users: list[int], teams: list[int]) -> "Lead":
        """The same, with more people at its first step."""
        if not users and not teams:
            return self
        plan = with_recipients(self.plan, users[:MOST_NAMED], teams[:MOST_NAMED])
        return Lead(plan, self.policy_id, self.play_id)


class Leads:
    """The plans of integrations and of their overrides, each looked up once."""

    def __init__(self) -> None:
        self.known: dict[tuple[int, int | None, int | None], Lead] = {}

    def of(self, integration: Integration, override: Override | None) -> Lead:
        """The plan that the override names; that of the integration where it is gone."""
        policy_id = override.policy_id if override else None
        play_id = override.play_id if override else None
        key = (integration.pk, policy_id, play_id)
        if key not in self.known:
            self.known[key] = self._look_up(integration, policy_id, play_id)
        return self.known[key]

    def _look_up(
        self, integration: Integration, policy_id: int | None, play_id: int | None
    ) -> Lead:
        policy = Policy.objects.filter(pk=policy_id).first() if policy_id else None
        play = Play.objects.filter(pk=play_id).first() if play_id else None
        if policy is None and play is None:
            if policy_id or play_id:
                return self.of(integration, None)
            play = integration.play
            policy = None if play else integration.policy or policy_of(integration.service)
        users = list(integration.users.values_list("pk", flat=True))
        teams = list(integration.teams.values_list("pk", flat=True))
        if play is not None:
            return Lead(plan_of_play(play, users=users, teams=teams), play_id=play.pk)
        plan = plan_of_policy(policy, users=users, teams=teams)
        return Lead(plan, policy_id=policy.pk if policy else None)
