"""Escalation policies, services and their integrations."""

from collections.abc import Iterator

from integrations.catalog import find
from integrations.importers.gathering import approximate, left_out, remark, without_secrets
from integrations.importers.neutral import (
    Integration,
    Note,
    Object,
    Policy,
    PolicyStep,
    Service,
    Target,
)
from integrations.importers.opsknight.source import Source
from integrations.importers.rows import Row

CHANNELS = {"email": "email", "sms": "sms", "voice": "voice", "call": "voice"}
GENERIC = "generic-webhook"
TEMPLATES = {"events_api_v2": "events-api-v2", "events": "events-api-v2", "api": "events-api-v2"}
MAX_DELAY_MINUTES = 43_200


def read_policy(source: Source, row: Row) -> Iterator[Object]:
    """A policy; a delay is what is waited before its step. Raises FieldError."""
    id_, notes = row.id(), list[Note]()
    rules = source.lists.of("rules", "policyId").get(id_, [])
    rules = sorted(rules, key=lambda one: one.whole("stepOrder", 0))
    steps = []
    for number, rule in enumerate(rules, start=1):
        wait_s = rule.between("delayMinutes", 0, MAX_DELAY_MINUTES, 0) * 60
        targets, channels = _targets(rule), tuple(_channels(rule, number, notes))
        steps.append(PolicyStep(wait_s=wait_s, targets=targets, channels=channels))
    yield Policy(
        id=id_,
        name=row.text("name") or f"Policy {id_}",
        description=row.text("description"),
        steps=tuple(steps),
        document={**without_secrets(row.fields), "rules": [one.fields for one in rules]},
        notes=tuple(dict.fromkeys(notes)),
    )


def nameless_policies(source: Source) -> list[Row]:
    """Policies of which there are rules alone."""
    known = source.lists.by_id("policies")
    ids = dict.fromkeys(
        rule.get("policyId") for rule in source.lists.rows("rules") if _has_id(rule)
    )
    return [Row(f"policy {id_}", {"id": id_}) for id_ in ids if id_ not in known]


def _has_id(rule: Row) -> bool:
    return isinstance(rule.get("policyId"), str) and rule.has("policyId")


def _targets(row: Row) -> tuple[Target, ...]:
    match row.word("targetType"):
        case "user":
            return (Target(kind="user", id=row.id("targetUserId")),)
        case "schedule":
            return (Target(kind="schedule", id=row.id("targetScheduleId")),)
        case "team" if row.flag("notifyOnlyTeamLead"):
            return (Target(kind="team_role", id=row.id("targetTeamId"), role="primary"),)
        case "team":
            return (Target(kind="team", id=row.id("targetTeamId")),)
    raise row.error("targetType", "none of USER, TEAM, SCHEDULE")


def _channels(row: Row, number: int, notes: list[Note]) -> Iterator[str]:
    for name in row.texts("notificationChannels"):
        if channel := CHANNELS.get(name.lower()):
            yield channel
        else:
            notes.append(left_out(f"Step {number} tells by {name.lower()} too: that is left out."))


def read_service(source: Source, row: Row) -> Iterator[Object]:
    """A service with its times. Raises FieldError."""
    yield Service(
        id=row.id(),
        name=row.id("name"),
        description=row.text("description"),
        team=row.text("teamId"),
        policy=row.text("escalationPolicyId"),
        settings={
            "acknowledge_within_minutes": row.between("targetAckMinutes", 0, 525_600, 15) or None,
            "resolve_within_minutes": row.between("targetResolveMinutes", 0, 525_600, 120) or None,
        },
        document=without_secrets(row.fields),
    )


def read_integration(source: Source, row: Row) -> Iterator[Object]:
    """An integration with its key. Raises FieldError."""
    kind, key, notes = row.word("type"), row.text("key"), list[Note]()
    found = find(TEMPLATES.get(kind, kind)) if kind else None
    if found is None:
        text = f"There is no template for {row.text('type')!r}: that of a webhook is taken."
        notes.append(approximate(text))
    if not key:
        notes.append(remark("Its key was not exported: it gets one."))
    if row.has("signatureSecret"):
        notes.append(
            remark("Its signature secret is not taken: enter it here, or none is checked.")
        )
    service = row.id("serviceId")
    services = source.lists.by_id("services")
    policy = services[service].text("escalationPolicyId") if service in services else ""
    yield Integration(
        id=row.id(),
        name=row.text("name") or row.text("type") or row.id(),
        template=found.slug if found else GENERIC,
        service=service,
        policy=policy,
        key=key,
        is_enabled=row.flag("enabled", True),
        document=without_secrets(row.fields),
        notes=tuple(notes),
    )
