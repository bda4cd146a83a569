"""The admin of changes, read-only."""

from django.contrib import admin

from incidents.admin.base import ReadOnlyAdmin
from incidents.models import Change


@admin.register(Change)
class ChangeAdmin(ReadOnlyAdmin):
    date_hierarchy = "at"
    list_display = ["summary", "service", "source", "via", "at"]
    list_filter = ["service"]
    list_select_related = ["service"]
    search_fields = ["summary", "source"]
