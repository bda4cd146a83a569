"""Status pages for tests, with what is published on them."""

from datetime import UTC, datetime
from itertools import count

from notifications.choices import ComponentStatus, ReportKind, ReportState
from notifications.models import StatusComponent, StatusPage
from notifications.status_pages.actions.publish import Draft, publish
from notifications.status_pages.actions.subscribe import confirm, subscribe_mail

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
PARTIAL, MAJOR = ComponentStatus.PARTIAL_OUTAGE, ComponentStatus.MAJOR_OUTAGE
_numbers = count(1)


def make_page(*names, services=(), **fields):
    """A published page with a component of each name, or of each (name, service)."""
    number = next(_numbers)
    fields = {"name": f"Acme {number}", "slug": f"acme-{number}", "is_published": True} | fields
    page = StatusPage.objects.create(**fields)
    owners = dict(zip(names, services, strict=False))
    for position, name in enumerate(names or ["Shop"]):
        StatusComponent.objects.create(
            page=page, name=name, position=position, service=owners.get(name)
        )
    return page


def component(page, name="Shop"):
    return page.components.get(name=name)


def make_report(page, status=PARTIAL, name="Shop", *, tells=False, **fields):
    """An incident that does this to one component."""
    fields = {
        "title": "Payments fail",
        "body": "We look into it.",
        "state": ReportState.INVESTIGATING,
        "effects": {component(page, name).pk: status},
    } | fields
    return publish(page, Draft(**fields), tells=tells)


def make_maintenance(page, starts_at, ends_at, name="Shop", **fields):
    effects = {component(page, name).pk: ComponentStatus.UNDER_MAINTENANCE}
    draft = Draft(
        title="Upgrade",
        body="The shop is read-only.",
        state=ReportState.SCHEDULED,
        kind=ReportKind.MAINTENANCE,
        effects=effects,
        starts_at=starts_at,
        ends_at=ends_at,
    )
    return publish(page, draft, tells=False, **fields)


def make_subscriber(page, address="eve@example.com"):
    """Somebody who has confirmed."""
    subscribe_mail(page, address, None)
    row = page.subscribers.order_by("-pk").first()
    row.notifications.all().delete()
    confirm(row)
    return row
