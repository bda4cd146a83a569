"""From valid Basic Settings to a new integration, for every kind but heartbeats."""

from typing import Any

from django import forms
from django.db import transaction

from incidents.actions import settings
from incidents.models import Service, User
from integrations.catalog import Template
from integrations.models import Integration
from integrations.setup import integrations

NEW = "new"


def first_service() -> Service | str | None:
    """What a new integration's form proposes: the only service, a new one, or no choice."""
    services = Service.objects.active()[:2]
    if not services:
        return NEW
    return services[0] if len(services) == 1 else None


def take_service(cleaned: dict[str, Any]) -> Service:
    """The chosen service, or the new one, saved. ``service`` and ``new_service`` are removed."""
    name, service = cleaned.pop("new_service"), cleaned.pop("service")
    return service or settings.save_service(Service(name=name))


@transaction.atomic
def create_from(form: forms.Form, template: Template, user: User, **own: Any) -> Integration:
    """The integration of valid Basic Settings; ``own`` are the values of its kind."""
    found = dict(form.cleaned_data)
    service = take_service(found)
    found.pop("mode")
    return integrations.create_integration(template.slug, service=service, by=user, **found, **own)
