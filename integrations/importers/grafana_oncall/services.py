"""Integrations with their keys: each has a service here, for there are none there."""

from collections.abc import Iterator

from integrations.catalog import find
from integrations.importers.gathering import approximate, not_taken, remark, without_secrets
from integrations.importers.grafana_oncall.policies import importances_of
from integrations.importers.grafana_oncall.source import Source
from integrations.importers.neutral import Integration, Note, Object, Service
from integrations.importers.rows import Row

GENERIC = "oncall-formatted-webhook"
TEMPLATES = {"webhook": "generic-webhook", "formatted_webhook": GENERIC, "inbound_email": "email"}
ROUTE = "A route with a condition: write it as an override of the integration’s policy."


def read_integration(source: Source, row: Row) -> Iterator[Object]:
    """A service and its integration, then the routes that are not taken. Raises FieldError."""
    if row.flag("is_deleted"):
        return
    id_, name = row.id(), row.text("name") or row.id("type")
    service = f"integration:{id_}"
    routes = source.lists.of("routes", "integration_id").get(id_, [])
    default = [route for route in routes if route.flag("is_the_last_route")]
    inner = row.row("default_route")
    chains = [one.text("escalation_chain_id") for one in (*default, *([inner] if inner else []))]
    policy = next((chain for chain in chains if chain), "")
    document = without_secrets(row.fields)
    team = row.text("team_id")
    urgency = _urgency(source, policy)
    yield Service(
        id=service,
        name=name,
        team=team,
        policy=policy,
        settings=urgency,
        document={"name": name},
        notes=(remark("OnCall has no services: each integration becomes one."), *_said(urgency)),
    )
    template, notes = _template(row)
    yield Integration(
        id=id_,
        name=name,
        template=template,
        service=service,
        policy=policy,
        team=team,
        key=_key(row),
        document=document,
        notes=tuple(notes),
    )
    for route in routes:
        if route not in default:
            yield not_taken(route, "route", ROUTE)


def _urgency(source: Source, chain: str) -> dict[str, str]:
    """Important steps use the important rules of people, which are those of high urgency here: so
    is the service where all steps are, and low where none is. Raises FieldError."""
    importances = importances_of(source, chain)
    if not source.has_important_steps or len(importances) != 1:
        return {}
    return {"urgency_rule": "high" if True in importances else "low"}


def _said(urgency: dict[str, str]) -> list[Note]:
    return [
        remark(f"Its incidents are of {word} urgency, for the rules of people that its steps use.")
        for word in urgency.values()
    ]


def _template(row: Row) -> tuple[str, list[Note]]:
    kind = row.word("type").removeprefix("legacy_")
    found = find(TEMPLATES.get(kind, kind)) if kind else None
    notes = [] if _key(row) or kind == "inbound_email" else [remark("Its key was not exported.")]
    if row.has("templates"):
        notes.append(approximate("Its Jinja templates are not taken: the rules of its type are."))
    if found is None:
        text = (
            f"There is no template for {row.text('type')!r}: that of a formatted webhook is taken."
        )
        return GENERIC, [*notes, approximate(text)]
    return found.slug, notes


def _key(row: Row) -> str:
    """The token at the end of its address."""
    parts = [part for part in row.text("link").split("/") if part]
    return parts[-1] if parts and "@" not in parts[-1] else ""
