"""Actions of services that concern their integrations."""

from typing import Any

from django.contrib.admin import ModelAdmin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.decorators import action

from incidents.admin.base import call_each
from incidents.admin.services import ServiceAdmin
from integrations.setup import archiving


@action(description="Archive selected services", permissions=["change"])
def archive_selected(admin: ModelAdmin, request: HttpRequest, rows: QuerySet[Any]) -> None:
    call_each(admin, request, rows, lambda row: archiving.archive_service(row.pk), done="archived")


@action(description="Unarchive selected services", permissions=["change"])
def unarchive_selected(admin: ModelAdmin, request: HttpRequest, rows: QuerySet[Any]) -> None:
    call_each(admin, request, rows, lambda row: archiving.unarchive_service(row.pk), done="in use")


ServiceAdmin.actions += [archive_selected, unarchive_selected]
