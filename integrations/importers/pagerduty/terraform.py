"""Resources of PagerDuty's Terraform provider as documents of its API.

https://registry.terraform.io/providers/PagerDuty/pagerduty/latest/docs
"""

from collections.abc import Mapping
from typing import Any

from integrations.importers.terraform import Resources, Values, block, blocks


def documents_of(resources: Resources) -> dict[str, Any]:
    """Lists as the API names them."""

    def of(kind: str) -> list[Values]:
        return _once(resources.get(f"pagerduty_{kind}", ()))

    return {
        "users": [_user(one, resources) for one in of("user")],
        "teams": of("team"),
        "members": _members(of("team_membership")),
        "schedules": [*map(_schedule, of("schedule")), *map(_shifts, of("schedulev2"))],
        "escalation_policies": [_policy(one) for one in of("escalation_policy")],
        "services": [_service(one, resources) for one in of("service")],
        "business_services": of("business_service"),
        "event_orchestrations": of("event_orchestration"),
    }


def _once(rows: Any) -> list[Values]:
    """A resource that is a data source elsewhere is there once."""
    found: dict[str, Values] = {}
    for row in rows:
        found.setdefault(str(row.get("id")), row)
    return list(found.values())


def _user(user: Values, resources: Resources) -> dict[str, Any]:
    own = str(user.get("id"))

    def of(kind: str) -> list[Values]:
        rows = resources.get(f"pagerduty_user_{kind}", ())
        return [row for row in rows if str(row.get("user_id")) == own]

    rules = [
        {**rule, "contact_method": block(rule, "contact_method")}
        for rule in of("notification_rule")
    ]
    return {**user, "contact_methods": of("contact_method"), "notification_rules": rules}


def _members(rows: list[Values]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for row in rows:
        member = {"user": {"id": row.get("user_id")}, "role": row.get("role")}
        found.setdefault(str(row.get("team_id")), []).append(member)
    return found


def _schedule(schedule: Values) -> dict[str, Any]:
    """Its layers stand the other way round: the last one wins."""
    layers = [
        {
            **{key: value or None for key, value in layer.items()},
            "users": [{"user": {"id": user}} for user in layer.get("users") or ()],
            "restrictions": layer.get("restriction"),
        }
        for layer in reversed(blocks(schedule, "layer"))
    ]
    return {**_without(schedule, "layer"), **_teams(schedule), "schedule_layers": layers}


def _shifts(schedule: Values) -> dict[str, Any]:
    rotations = [
        {"id": rotation.get("id"), "events": list(map(_event, blocks(rotation, "event")))}
        for rotation in blocks(schedule, "rotation")
    ]
    return {**_without(schedule, "rotation"), **_teams(schedule), "rotations": rotations}


def _event(event: Values) -> dict[str, Any]:
    once = {name: block(event, name) for name in ("start_time", "end_time", "assignment_strategy")}
    strategy = once["assignment_strategy"]
    if isinstance(strategy, dict) and "member" in strategy:
        once["assignment_strategy"] = {**strategy, "members": strategy["member"]}
    return {**event, **once}


def _policy(policy: Values) -> dict[str, Any]:
    rules = [{**rule, "targets": rule.get("target")} for rule in blocks(policy, "rule")]
    return {**_without(policy, "rule"), **_teams(policy), "escalation_rules": rules}


def _service(service: Values, resources: Resources) -> dict[str, Any]:
    """Times are texts, and ``null`` is the text of that."""
    integrations = [
        one
        for one in resources.get("pagerduty_service_integration", ())
        if str(one.get("service")) == str(service.get("id"))
    ]
    times = {
        name: None if service.get(name) in ("null", "") else service.get(name)
        for name in ("acknowledgement_timeout", "auto_resolve_timeout")
    }
    return {
        **service,
        **times,
        "incident_urgency_rule": _rule(block(service, "incident_urgency_rule")),
        "support_hours": block(service, "support_hours"),
        "scheduled_actions": [
            {**one, "at": block(one, "at")} for one in blocks(service, "scheduled_actions")
        ],
        "integrations": integrations,
    }


def _rule(rule: Any) -> Any:
    """A rule of urgency without the lists around its blocks."""
    if not isinstance(rule, Mapping):
        return rule
    sides = ("during_support_hours", "outside_support_hours")
    return {**rule, **{name: block(rule, name) for name in sides}}


def _teams(row: Values) -> dict[str, Any]:
    return {"teams": [{"id": id_} for id_ in row.get("teams") or ()]}


def _without(row: Values, name: str) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != name}
