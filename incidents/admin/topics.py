"""Topics, with whom they tell."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from incidents.admin.base import EntitledAdmin
from incidents.models import Topic


@admin.register(Topic)
class TopicAdmin(EntitledAdmin):
    entitlement = "incidents.Topics_Maintenance"
    view_entitlement = "incidents.view_topic"
    list_display = ["name", "priority", "groups_told", "people_told", "description"]
    list_filter = ["priority"]
    search_fields = ["name", "description"]
    autocomplete_fields = ["teams", "users"]
    view_on_site = False
    fieldsets = [
        (
            None,
            {
                "fields": ["name", "description", "priority", "teams", "users"],
                "description": "Chosen when an incident is opened by hand or promoted, or named by "
                "the topic of a message: its teams and subscribers are told with the first step, "
                "beside whoever the policy names.",
            },
        )
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        counts = {
            "team_count": Count("teams", distinct=True),
            "user_count": Count("users", distinct=True),
        }
        return super().get_queryset(request).annotate(**counts)

    @admin.display(description="Groups", ordering="team_count")
    def groups_told(self, topic: Any) -> int:
        return topic.team_count

    @admin.display(description="Subscribers", ordering="user_count")
    def people_told(self, topic: Any) -> int:
        return topic.user_count
