"""The tables whose changes are logged, and what of them never is.

Nothing that is written while messages come in or while people are paged is among them. Signals of
Django write the rows, so what changes many rows in one statement would go unseen:
``tests/opsportal/test_audit.py`` finds it.
"""

from collections.abc import Mapping

from auditlog.registry import auditlog
from django.contrib.auth.models import Group
from django.db.models import Field, Model

from escalation.models import (
    Absence,
    CallRoute,
    Condition,
    Holiday,
    Override,
    Play,
    Policy,
    RoundRobin,
    RoundRobinEntry,
    Schedule,
    ScheduleVersion,
    ServicePolicy,
    SlackUserGroup,
    Step,
    Target,
    Tier,
    Workflow,
    WorkflowAction,
)
from incidents.models import Membership, Service, Team, User
from integrations.models import Integration, MaintenanceWindow, Retention
from notifications.models import (
    CatchAll,
    MessageTemplate,
    OutboundMethod,
    OutboundService,
    Provider,
    StatusComponent,
    StatusPage,
    StatusReport,
    StatusTemplate,
    StatusUpdate,
    TeamContact,
)
from opsportal.lib.encryption import EncryptedJSONField, EncryptedTextField

SECRET_FIELDS = (EncryptedJSONField, EncryptedTextField)
# Table → columns that are not logged: secrets, their digests, and what machines count.
TRACKED: Mapping[type[Model], frozenset[str]] = {
    User: frozenset({"password", "last_login"}),
    Group: frozenset(),
    Team: frozenset(),
    Membership: frozenset(),
    Service: frozenset(),
    Policy: frozenset(),
    Step: frozenset(),
    Target: frozenset(),
    RoundRobin: frozenset({"next_index", "skipped"}),
    RoundRobinEntry: frozenset(),
    Play: frozenset(),
    Tier: frozenset(),
    ServicePolicy: frozenset(),
    Workflow: frozenset(),
    Condition: frozenset(),
    WorkflowAction: frozenset(),
    Schedule: frozenset(
        {"revision", "revised_at", "published_until", "zone_data", "weekly_mail_due_at"}
    ),
    ScheduleVersion: frozenset(),
    SlackUserGroup: frozenset({"members", "updated_at", "error", "next_try_at"}),
    Override: frozenset(),
    Absence: frozenset(),
    Holiday: frozenset(),
    CatchAll: frozenset(),
    MessageTemplate: frozenset({"error", "failed_at", "changed_at", "changed_by"}),
    Provider: frozenset({"token"}),
    CallRoute: frozenset({"token", "refused_count"}),
    TeamContact: frozenset(),
    OutboundService: frozenset({"token", "own_account"}),
    OutboundMethod: frozenset(),
    StatusPage: frozenset({"changed_at"}),
    StatusComponent: frozenset(),
    StatusTemplate: frozenset(),
    StatusReport: frozenset({"changed_at"}),
    StatusUpdate: frozenset(),
    MaintenanceWindow: frozenset(),
    Retention: frozenset({"bodies_until"}),
    Integration: frozenset(
        {
            "changed_at",
            "dropped_count",
            "dropped_reported",
            "token_digest",
            "unreadable_at",
            "unreadable_count",
            "unreadable_told_at",
        }
    ),
}


def logged_fields(model: type[Model]) -> list[str]:
    """The columns of a table that are logged."""
    return [field.name for field in model._meta.concrete_fields if _is_logged(model, field)]


def _is_logged(model: type[Model], field: "Field[object, object]") -> bool:
    is_hidden = field.primary_key or isinstance(field, SECRET_FIELDS)
    return not is_hidden and field.name not in TRACKED[model]


def track() -> None:
    """Have all of them logged. Called once, when the apps are ready."""
    for model in TRACKED:
        relations = {field.name for field in model._meta.many_to_many}
        auditlog.register(model, include_fields=logged_fields(model), m2m_fields=relations)
