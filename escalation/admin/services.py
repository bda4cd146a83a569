"""The default policy, on the page of its service."""

from typing import Any

from django.http import HttpRequest
from unfold.admin import TabularInline

from escalation.models import ServicePolicy
from incidents.admin.base import PartInline
from incidents.admin.services import ServiceAdmin


class ServicePolicyInline(PartInline, TabularInline):
    model = ServicePolicy
    autocomplete_fields = ["policy"]
    fields = ["policy"]
    verbose_name = verbose_name_plural = "Default policy: where an integration names none"
    hide_title = True
    max_num = 1

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        return 0 if obj and hasattr(obj, "default_policy") else 1


ServiceAdmin.inlines.append(ServicePolicyInline)
