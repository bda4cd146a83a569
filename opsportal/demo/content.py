"""Demo data: a team, a policy, two services with integrations, and incidents in each state."""

import secrets
import shlex
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from escalation.choices import TargetKind
from escalation.models import Policy, ServicePolicy, Step, Target
from incidents.actions import respond
from incidents.models import Membership, Service, Team, TeamRole, User
from integrations.models import Integration
from integrations.setup import integrations as integration_setup
from notifications.actions import contact_methods
from notifications.models import CatchAll
from opsportal.demo import alerts

ADMIN = "admin@example.com"
PEOPLE = [
    ("Ana", "ana@example.com", {"is_primary": True}),
    ("Bo", "bo@example.com", {"is_primary": False, "is_secondary": True}),
    ("Chen", "chen@example.com", {"is_primary": False, "is_manager": True}),
]
STEPS = [(0, TeamRole.PRIMARY), (5, TeamRole.SECONDARY), (10, TeamRole.MANAGER)]
INTEGRATIONS = [
    ("alertmanager", "Prometheus Alertmanager", "Checkout"),
    ("generic-webhook", "Generic Webhook", "Database"),
]


@transaction.atomic
def seed() -> str:
    """Fill an empty portal; returns how to log in. Changes nothing if it has users."""
    if User.objects.exists():
        command = f"{_command_prefix()}.venv/bin/python manage.py changepassword {_admin_email()}"
        return f"A new password: {command}"
    password = secrets.token_urlsafe(12)
    admin = User.objects.create_superuser(ADMIN, password, name="Admin")
    team = Team.objects.create(name="Platform", description="Runs what the shop stands on.")
    people = [_person(team, place, *who) for place, who in enumerate(PEOPLE)]
    services = {
        name: Service.objects.create(name=name, description=what, team=team)
        for name, what in [
            ("Checkout", "Cart, payment and confirmation."),
            ("Database", "The PostgreSQL cluster that all services share."),
        ]
    }
    policy = _policy(team)
    for service in services.values():
        ServicePolicy.objects.create(service=service, policy=policy)
    CatchAll.objects.get_or_create(pk=1)[0].users.add(admin)
    integrations = [
        integration_setup.create_integration(template, name=name, service=services[what], by=admin)
        for template, name, what in INTEGRATIONS
    ]
    _incidents(integrations, people)
    alerts.add_heartbeat(services["Database"], admin)
    return f"Log in as {ADMIN} with {password}   (shown only now, kept nowhere)"


def _command_prefix() -> str:
    """``DATA_DIR=…`` for a command that must find this portal and not the default one."""
    usual = settings.DATA_DIR == settings.BASE_DIR / ".data" or not settings.DATABASE_IS_OURS
    return "" if usual else f"DATA_DIR={shlex.quote(str(settings.DATA_DIR))} "


def _admin_email() -> str:
    emails = User.objects.filter(is_superuser=True, is_active=True).values_list("email", flat=True)
    return emails.first() or ADMIN


def _person(team: Team, place: int, name: str, email: str, roles: dict[str, bool]) -> User:
    person = User.objects.create_user(email, name=name)
    Membership.objects.create(team=team, user=person, position=place, **roles)
    contact_methods.add_contact_method(person, "email", {"address": email}, is_verified=True)
    return person


def _policy(team: Team) -> Policy:
    policy = Policy.objects.create(name="Primary, then secondary, then manager", team=team)
    for position, (minutes, role) in enumerate(STEPS):
        step = Step.objects.create(policy=policy, position=position, wait_seconds=minutes * 60)
        Target.objects.create(step=step, kind=TargetKind.TEAM_ROLE, team=team, role=role)
    return policy


def _incidents(integrations: list[Integration], people: list[User]) -> None:
    """Incidents in each state: triggered, acknowledged, snoozed and resolved."""
    ana, bo, _ = people
    found = alerts.send_alerts(*integrations)
    slow, lag = found["Checkout p95 is 4.2 s"], found["Replica db-3 lags 90 s behind"]
    backup = found["Nightly backup took 3 h"]
    respond.acknowledge(slow.pk, by=ana, via="demo")
    respond.comment(slow.pk, "A slow query since the last release; rolling back.", by=ana)
    until = timezone.now() + timedelta(hours=4)
    respond.snooze(lag.pk, until, by=bo, via="demo", reason="Waits for the new disk")
    respond.resolve(backup.pk, by=bo, via="demo", note="It shared the disk with a reindex.")
