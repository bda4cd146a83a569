"""Actions of an integration that infer rules and backtest them."""

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from incidents.api.viewsets import ConfigRows
from incidents.errors import InvalidRequest
from incidents.permissions import require_scope
from integrations.api.serializers.rules import (
    BacktestSerializer,
    ComparisonSerializer,
    LearnedSerializer,
    LearnSerializer,
)
from integrations.backtest import compare
from integrations.inference import Choice, propose, validate
from integrations.setup import inference
from integrations.setup.inference import rules_of_choice

FIELDS = ("keys", "statuses", "titles", "severities", "urls", "long_texts")


class RuleActions(ConfigRows):
    """For the viewset of integrations."""

    @extend_schema(request=LearnSerializer, responses=LearnedSerializer)
    @action(detail=True, methods=["post"])
    def learn(self, request: Request, pk: int) -> Response:
        """Rules from two messages, one firing and one resolved. Refused unless the first opens an
        alert that the second closes."""
        integration, given = self.get_object(), self.input(LearnSerializer)
        firing, resolved, wanted = given["firing"], given["resolved"], given.get("choice", {})
        proposal = propose(firing, resolved, wanted.get("each"))
        try:
            choice = Choice.of({**proposal.choice.as_json(), **wanted})
        except TypeError as error:
            raise InvalidRequest(f"choice: {error}.") from error
        rules = rules_of_choice(integration, choice)
        verdict = validate(rules, firing, resolved)
        if given["save"]:
            rules = inference.save_inferred_rules(integration.pk, firing, resolved, choice).rules
        problems = [{"field": field, "problem": what} for field, what in verdict.problems]
        candidates = {name: [asdict(c) for c in getattr(proposal, name)] for name in FIELDS}
        told = {"choice": choice.as_json(), "rules": rules, "problems": problems}
        body = {**told, **candidates, "saved": given["save"]}
        return Response(LearnedSerializer(body).data)

    @extend_schema(request=BacktestSerializer, responses=ComparisonSerializer)
    @action(detail=True, methods=["post"])
    def backtest(self, request: Request, pk: int) -> Response:
        """Which of the last messages would have another result. Nothing is stored or paged. A key
        needs the scope ``messages:read``, too."""
        require_scope(request, "messages:read")
        integration, given = self.get_object(), self.input(BacktestSerializer)
        rules = given.get("rules", integration.rules)
        found = compare(integration, rules, given.get("routing"), given["limit"])
        return Response(ComparisonSerializer(_told(found)).data)


def _told(found: Any) -> dict[str, Any]:
    return {
        **{name: getattr(found, name) for name in ("total", "same", "before", "after")},
        "summary": found.says,
        "counts": [{"messages": number, "effect": what} for number, what in found.counts],
        "rekeyed": sorted(found.key_changes.keys),
        "not_rekeyed": [alert.pk for alert in found.key_changes.without_key],
        "rows": [
            {
                "message": row.message.pk,
                "effect": row.changes,
                "before": [effect.kind for effect in row.before],
                "after": [effect.kind for effect in row.after],
            }
            for row in found.rows
        ],
    }
