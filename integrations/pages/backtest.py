"""Backtest: the events of past messages by changed rules, before the rules are saved."""

from typing import Any

import orjson
from django.contrib import messages
from django.core import signing
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect

from incidents.views.base import UNPROCESSABLE, SignedInRequest
from integrations.backtest import compare
from integrations.errors import RulesError
from integrations.models import Integration
from integrations.pages.access import changes_one
from integrations.pages.rule_editor import rules_from_post
from integrations.setup import integrations
from integrations.setup import routing as routing_setup
from opsportal.lib import pages

SALT = "integrations.backtest"
VALID_S = 24 * 3600


@changes_one
def backtest(request: SignedInRequest, integration: Integration) -> HttpResponse:
    """Compare the rules, and save exactly the rules that were compared."""
    if request.POST.get("do") == "save":
        return _save(request, integration)
    context: dict[str, Any] = {"title": "Backtest on the last messages", "integration": integration}
    try:
        rules, routing = _wanted(integration, request.POST)
        found = compare(integration, rules, routing)
    except RulesError as error:
        context["problems"] = error.problems
        return pages.render_page(
            request, "integrations/backtest.html", context, status=UNPROCESSABLE
        )
    context |= {
        "found": found,
        "is_changed": (rules, routing) != (integration.rules, integration.routing or {}),
        "tested": _seal(integration, rules, routing),
    }
    return pages.render_page(request, "integrations/backtest.html", context)


def _wanted(integration: Integration, post: QueryDict) -> tuple[dict[str, Any], dict[str, Any]]:
    """The posted rules and routing: as JSON, or as the fields of a panel."""
    if "rules" not in post:
        return rules_from_post(integration, post)
    try:
        rules = orjson.loads(post.get("rules", ""))
        routing = orjson.loads(post.get("routing", "")) if post.get("routing") else None
    except orjson.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise RulesError([("rules", f"the JSON is broken at {place}: {error.msg}")]) from error
    return rules, routing if routing is not None else integration.routing or {}


def _seal(integration: Integration, rules: dict[str, Any], routing: dict[str, Any]) -> str:
    """The compared rules, signed, with the time of the last change of the integration."""
    of = integration.changed_at.isoformat()
    return signing.dumps(
        {"pk": integration.pk, "of": of, "rules": rules, "routing": routing},
        salt=SALT,
        compress=True,
    )


def _save(request: SignedInRequest, integration: Integration) -> HttpResponse:
    try:
        tested = signing.loads(request.POST.get("tested", ""), salt=SALT, max_age=VALID_S)
    except signing.BadSignature:
        messages.error(request, "Not saved: this test is too old, or was not made here. Try again.")
        return redirect(integration)
    if tested["pk"] != integration.pk or tested["of"] != integration.changed_at.isoformat():
        messages.error(request, "Not saved: the integration was changed meanwhile. Try it again.")
        return redirect(integration)
    try:
        integrations.change_rules(integration.pk, tested["rules"])
        routing_setup.change_routing(integration.pk, tested["routing"])
    except RulesError as error:
        messages.error(request, f"Not saved: {error}")
        return redirect(integration)
    messages.success(request, "Saved. It applies from the next message on.")
    return redirect(integration)
