"""Services, and the integrations on which they are reported."""

from collections.abc import Iterator

from integrations.catalog import find
from integrations.importers.gathering import remark
from integrations.importers.neutral import Integration, Note, Object, Service
from integrations.importers.pagerduty.account import Account, document_of, reference, references
from integrations.importers.pagerduty.service_settings import settings_of
from integrations.importers.rows import Row

EVENTS = "events-api-v2"  # the template that takes what the Events API takes
EMAIL = "email"


def read_service(account: Account, row: Row) -> Iterator[Object]:
    """A service, then its integrations. Raises FieldError."""
    id_, policy, teams = row.id(), reference(row, "escalation_policy"), references(row, "teams")
    notes = list[Note]()
    settings = settings_of(account, row, notes)
    yield Service(
        id=id_,
        name=row.text("name") or row.text("summary") or row.id("name"),
        description=row.text("description"),
        team=teams[0] if teams else "",
        policy=policy,
        settings=settings,
        document=document_of(row),
        notes=tuple(dict.fromkeys(notes)),
    )
    for integration in row.rows("integrations"):
        yield _integration(row, id_, policy, integration)


def _integration(service: Row, service_id: str, policy: str, row: Row) -> Integration:
    key, kind = row.text("integration_key"), row.word("type")
    name = row.text("name") or row.text("summary") or "PagerDuty integration"
    template = _template(kind)
    notes = [] if key or template == EMAIL else [remark("Its key was not exported: it gets one.")]
    return Integration(
        id=row.id(),
        name=f"{service.text('name')}: {name}",
        template=template,
        service=service_id,
        policy=policy,
        key=key,
        document=document_of(row),
        notes=tuple(notes),
    )


def _template(kind: str) -> str:
    """That of a tool whose own messages the type of integration takes; most send events."""
    tool = kind.removesuffix("_reference").removesuffix("_inbound_integration")
    if "email" in tool:
        return EMAIL
    found = find(tool) if tool else None
    return found.slug if found else EVENTS
