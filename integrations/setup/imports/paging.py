"""Schedules, overrides, policies, services and integrations, as an import writes them."""

import secrets
from typing import Any

from django.utils import timezone
from django.utils.text import slugify

from escalation.actions import overrides, policy_documents, schedules
from escalation.choices import OverrideOrigin
from escalation.models import Override, Policy, Schedule
from escalation.on_call.schedule_facts import definition_at
from escalation.schedules.facts import OverrideKind
from incidents.actions import settings
from incidents.models import Service
from integrations.catalog import find
from integrations.importers import neutral
from integrations.importers.convert import definition_of
from integrations.importers.neutral import Kind
from integrations.importers.plan import Line
from integrations.models import Integration
from integrations.setup import adopt_key
from integrations.setup import integrations as setup
from integrations.setup.imports import layer_calendars
from integrations.setup.imports.context import Context
from integrations.setup.imports.states import SERVICE_SETTINGS
from integrations.setup.imports.steps import steps_of


class ScheduleWriter:
    """A schedule whose first version holds since ever; a change of the source holds from now."""

    def create(self, one: neutral.Schedule, line: Line, context: Context) -> Schedule:
        definition = definition_of(one, context.resolve)
        columns = {
            "name": line.name,
            "description": one.description,
            "team_id": context.id_of(Kind.TEAM, one.team),
        }
        row = schedules.add_schedule(definition, by=context.by, **columns)
        layer_calendars.write(one, row, definition, context)
        return row

    def update(
        self, one: neutral.Schedule, line: Line, row: Schedule, context: Context
    ) -> Schedule:
        row.name, row.description = line.name, one.description
        row.team_id = context.id_of(Kind.TEAM, one.team)
        row.save(update_fields=["name", "description", "team"])
        definition, now = definition_of(one, context.resolve), timezone.now()
        if definition_at(row, now) != definition:
            note = f"From {context.label}"
            schedules.edit_schedule(
                row, definition, effective_from=now, by=context.by, note=note, keeps_order=False
            )
        layer_calendars.write(one, row, definition, context)
        return row

    def join(self, one: neutral.Schedule, row: Schedule, context: Context) -> Schedule:
        return row


class OverrideWriter:
    """An override; cancelled and made anew where the source changed it."""

    def create(self, one: neutral.Override, line: Line, context: Context) -> Override:
        schedule = context.row(Kind.SCHEDULE, one.schedule)
        numbers, people = context.ids_of(Kind.PERSON, one.people), context.rows(Kind.PERSON)
        draft = overrides.OverrideDraft(
            span=overrides.Span(one.starts_at, one.ends_at),
            people=[people[number] for number in numbers if number in people],
            kind=OverrideKind(one.kind),
            instead_of=context.row_or_none(Kind.PERSON, one.instead_of),
            layer=one.layer,
            reason=one.reason or f"From {context.label}",
        )
        origin = OverrideOrigin.IMPORT
        return overrides.add_override(
            schedule, draft, by=context.by, origin=origin, made_at=one.made_at
        )

    def update(
        self, one: neutral.Override, line: Line, row: Override, context: Context
    ) -> Override:
        if row.cancelled_at is None and row.ends_at > timezone.now():
            overrides.cancel_override(row, by=context.by)
        return self.create(one, line, context)

    def join(self, one: neutral.Override, row: Override, context: Context) -> Override:
        return row


class PolicyWriter:
    """A policy with its steps; what a step cannot say here is left out, as the plan says."""

    def create(self, one: neutral.Policy, line: Line, context: Context) -> Policy:
        return self.update(one, line, Policy(), context)

    def update(self, one: neutral.Policy, line: Line, row: Policy, context: Context) -> Policy:
        row.name, row.description = line.name, one.description
        row.team_id = context.id_of(Kind.TEAM, one.team)
        row.repeats, row.pause_seconds = one.repeats, one.pause_s
        row.acknowledgement_expires_minutes = one.acknowledgement_expires_minutes
        row.save()
        policy_documents.write_steps(row, steps_of(one, row, context))
        return row

    def join(self, one: neutral.Policy, row: Policy, context: Context) -> Policy:
        return row


class ServiceWriter:
    """A service and its policy."""

    def create(self, one: neutral.Service, line: Line, context: Context) -> Service:
        return self.update(one, line, Service(), context)

    def update(self, one: neutral.Service, line: Line, row: Service, context: Context) -> Service:
        row.name, row.description = line.name, one.description
        row.team_id = context.id_of(Kind.TEAM, one.team)
        for name in SERVICE_SETTINGS:
            if name in one.settings:
                setattr(row, name, one.settings[name])
        settings.save_service(row)
        self._set_policy(one, row, context)
        return row

    def join(self, one: neutral.Service, row: Service, context: Context) -> Service:
        """Only what it lacks: a policy."""
        if not hasattr(row, "default_policy"):
            self._set_policy(one, row, context)
        return row

    def _set_policy(self, one: neutral.Service, row: Service, context: Context) -> None:
        if policy := context.row_or_none(Kind.POLICY, one.policy):
            policy_documents.set_default_policy(row, policy)


class IntegrationWriter:
    """An integration with the key that the tools have already."""

    def create(self, one: neutral.Integration, line: Line, context: Context) -> Integration:
        fields = self._fields(one, line, context)
        if one.key:
            adopt_key.check_token(one.key)
            fields["token"] = one.key
        template = find(one.template)
        if template is not None and template.kind == Integration.Kind.EMAIL:
            fields["mailbox"] = f"{slugify(line.name)[:40] or 'import'}-{secrets.token_hex(3)}"
        return setup.create_integration(one.template, by=context.by, **fields)

    def update(
        self, one: neutral.Integration, line: Line, row: Integration, context: Context
    ) -> Integration:
        fields = self._fields(one, line, context)
        if one.key and one.key != row.shown_token:
            adopt_key.check_token(one.key, besides=row.pk)
            fields["token"] = one.key
        return setup.change(row.pk, **fields)

    def join(self, one: neutral.Integration, row: Integration, context: Context) -> Integration:
        return row

    def _fields(self, one: neutral.Integration, line: Line, context: Context) -> dict[str, Any]:
        return {
            "name": line.name,
            "service": context.row(Kind.SERVICE, one.service),
            "policy": context.row_or_none(Kind.POLICY, one.policy),
            "is_enabled": one.is_enabled,
        }
