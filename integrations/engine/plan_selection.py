"""The plan by which an event pages: its integration's, or that of an override."""

from dataclasses import replace

from escalation.actions.start import policy_of
from escalation.models import Play, Policy
from escalation.plans.plan import SelectedPlan
from escalation.policies.plan_builder import plan_of_play, plan_of_policy, with_recipients
from integrations.models import Integration, IntegrationOptOut
from integrations.routing.routing import Override

MAX_ADDED_RECIPIENTS = 100  # people, and as many teams, that one event may add


def add_recipients(selected: SelectedPlan, users: list[int], teams: list[int]) -> SelectedPlan:
    """The same, with more people at its first step."""
    if not users and not teams:
        return selected
    users, teams = users[:MAX_ADDED_RECIPIENTS], teams[:MAX_ADDED_RECIPIENTS]
    return replace(selected, plan=with_recipients(selected.plan, users, teams))


def _policy_of(integration: Integration) -> Policy | None:
    """Its own policy, or that of its service; one that is not enabled counts as none."""
    own = integration.policy
    return own if own and own.is_enabled else policy_of(integration.service)


def _opted_out(integration: Integration) -> tuple[tuple[int, str], ...]:
    """Who has opted out of the low urgency of an integration."""
    rows = IntegrationOptOut.objects.filter(integration=integration).order_by("pk")
    what = f"the integration {integration.name}"
    return tuple((user, what) for user in rows.values_list("user", flat=True))


class PlanSelector:
    """The plans of integrations and of their overrides, each looked up once."""

    def __init__(self) -> None:
        self.known: dict[tuple[int, int | None, int | None], SelectedPlan] = {}

    def select(self, integration: Integration, override: Override | None) -> SelectedPlan:
        """The plan that the override names; that of the integration where it was deleted, or is
        not enabled."""
        policy_id = override.policy_id if override else None
        play_id = override.play_id if override else None
        key = (integration.pk, policy_id, play_id)
        if key not in self.known:
            self.known[key] = self._look_up(integration, policy_id, play_id)
        return self.known[key]

    def _look_up(
        self, integration: Integration, policy_id: int | None, play_id: int | None
    ) -> SelectedPlan:
        policy = Policy.objects.enabled().filter(pk=policy_id).first() if policy_id else None
        play = Play.objects.filter(pk=play_id).first() if play_id else None
        if policy is None and play is None:
            if policy_id or play_id:
                return self.select(integration, None)
            play = integration.play
            policy = None if play else _policy_of(integration)
        users = list(integration.users.values_list("pk", flat=True))
        teams = list(integration.teams.values_list("pk", flat=True))
        left_out = _opted_out(integration)
        if play is not None:
            plan = replace(plan_of_play(play, users=users, teams=teams), opted_out=left_out)
            return SelectedPlan(plan, play_id=play.pk)
        plan = replace(plan_of_policy(policy, users=users, teams=teams), opted_out=left_out)
        if policy is None:
            return SelectedPlan(plan)
        return SelectedPlan(plan, policy_id=policy.pk, has_sla_targets=bool(policy.sla_targets))
