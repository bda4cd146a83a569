"""One row of everything, and a person in each role."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from escalation.actions.feeds import add_feed
from escalation.choices import DefectKind, DefectLevel
from escalation.models import (
    CoverageDefect,
    Drill,
    HandOver,
    IncidentDraft,
    IncidentTemplate,
    Play,
    SlackUserGroup,
)
from incidents.actions import api_keys
from incidents.models import (
    AuditEntry,
    Change,
    ConferenceBridge,
    CustomField,
    Topic,
)
from integrations.models import ChatIdentity, ImportRun, MailAccount, MaintenanceWindow
from integrations.setup import replay
from notifications.models import (
    MessageTemplate,
    Notification,
    OutboundDelivery,
    OutboundService,
    Provider,
    Ticket,
)
from notifications.outbound import all_systems
from notifications.providers import find_provider
from tests.access.surfaces import ROLES
from tests.api import make_paging_incident, make_person
from tests.escalation.calls import make_route
from tests.escalation.workflows import make_workflow
from tests.factories import (
    make_absence,
    make_alert,
    make_catch_all,
    make_cover_request,
    make_integration,
    make_method,
    make_override,
    make_policy,
    make_round_robin,
    make_rule,
    make_schedule,
    make_service,
    make_shared_channel,
    make_team,
)
from tests.integrations.heartbeats import make_heartbeat
from tests.notifications.status_pages.pages import make_page, make_report


@pytest.fixture
def world():
    """One row of everything, and a person in each role; ``other`` has none, and owns what is a
    person's."""
    people = {
        letter: make_person(*([role] if role else []), password="a long enough phrase")
        for letter, role in ROLES.items()
    }
    other = make_person(email="other@example.com")
    team = make_team(*people.values(), other)
    channel = make_shared_channel()
    policy = make_policy([other, channel])
    service = make_service(policy, team=team)
    incident = make_paging_incident(service, policy=policy)
    integration = make_integration("alertmanager", service=service, policy=policy)
    play = Play.objects.create(name="All hands")
    play.tiers.create().users.add(other)
    method = make_method(other)
    desk = OutboundService.objects.create(
        kind="http", name="Desk", config=all_systems()["http"].example
    )
    desk.methods.create(name="Open a case")
    ticket = Ticket.objects.create(incident=incident, service=desk, key="7", external_id="7")
    make_catch_all(other)
    page = make_page("Shop", services=[service])
    rows = {
        "services": service,
        "integrations": integration,
        "incidents": incident,
        "policies": policy,
        "round-robins": make_round_robin(other),
        "drills": Drill.objects.create(policy=policy, at=timezone.now() + timedelta(days=1)),
        "plays": play,
        "workflows": make_workflow("manual"),
        "users": other,
        "teams": team,
        "roles": Group.objects.get(name="Stakeholder"),
        "contact-methods": method,
        "notification-rules": make_rule(method),
        "shared-channels": channel,
        "status-pages": page,
        "status-reports": make_report(page),
        "alerts": make_alert(incident),
        "changes": Change.objects.create(
            service=service, summary="Release", source="ci", at=timezone.now()
        ),
        "notifications": Notification.objects.create(
            user=other, incident=incident, channel="email", page_key="x"
        ),
        "conference-bridges": ConferenceBridge.objects.create(
            name="Room", meeting_url="https://meet.example/1"
        ),
        "workspaces": Provider.objects.create(
            channel="slack",
            kind="slack",
            name="Slack",
            config={"client_id": "1.2", "client_secret": "s", "bot_token": ""},
        ),
        "mail-accounts": MailAccount.objects.create(name="Box", host="mail.example"),
        "chat-identities": ChatIdentity.objects.create(
            user=other, provider="slack", workspace="T", chat_user="U"
        ),
        "api-keys": api_keys.create_key(other, "script", ["config:read"])[0],
        "inbound-messages": replay.send_sample(integration.pk),
        "maintenance-windows": _window(service),
        "heartbeats": make_heartbeat(service=service),
        "imports": ImportRun.objects.create(source="opsgenie", name="backup.zip"),
        "schedules": make_schedule(other, team=team),
        "overrides": make_override(make_schedule(other), people["O"]),
        "absences": make_absence(other),
        "custom-fields": CustomField.objects.create(name="Region"),
        "incident-templates": IncidentTemplate.objects.create(name="Outage"),
        "topics": Topic.objects.create(name="Payments"),
        "drafts": IncidentDraft.objects.create(user=people["O"]),
        "cover-requests": make_cover_request(make_schedule(other, team=team), other, people["R"]),
        "coverage": CoverageDefect.objects.create(
            key="x",
            kind=DefectKind.ONE_PERSON,
            level=DefectLevel.AMBER,
            policy=policy,
            facts={"people": ["Other"], "policy": "Policy"},
            spans=[[0, 60]],
            looked_until=timezone.now(),
        ),
        "hand-overs": HandOver.objects.create(
            schedule=make_schedule(other), at=timezone.now(), began_at=timezone.now()
        ),
        "slack-user-groups": SlackUserGroup.objects.create(
            schedule=make_schedule(other),
            provider=Provider.objects.create(channel="slack", kind="slack", name="Acme"),
            group_id="S1",
        ),
        "feeds": add_feed(people["O"])[0],
        "call-routes": make_route(),
        "providers": Provider.objects.create(
            channel="sms",
            kind="http_gateway",
            name="Gateway",
            config=find_provider("sms", "http_gateway").example,
        ),
    }
    rows |= {
        "outbound-services": desk,
        "outbound-methods": desk.methods.get(),
        "tickets": ticket,
        "outbound-deliveries": OutboundDelivery.objects.create(
            service=desk, incident=incident, operation="status", ticket=ticket, name="x", key="x"
        ),
    }
    rows["message-templates"] = MessageTemplate.objects.create(
        kind="short", occasion="page", text="{{ title }}"
    )
    rows["history"] = AuditEntry.objects.first()
    return SimpleNamespace(people=people, rows=rows)


def _window(service):
    now = timezone.now()
    window = MaintenanceWindow.objects.create(
        name="Works", starts_at=now, ends_at=now + timedelta(hours=1)
    )
    window.services.add(service)
    return window


@pytest.fixture
def blank_templates(settings):
    """Views do all they do, and their pages stay undrawn, which would take half of the time."""
    engine = {**settings.TEMPLATES[0], "APP_DIRS": False}
    engine["OPTIONS"] = {"loaders": ["tests.access.surfaces.Blank"]}
    settings.TEMPLATES = [engine]
