"""Teams, with their members in order."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from unfold.admin import TabularInline
from unfold.widgets import UnfoldAdminTextareaWidget

from incidents.actions.people import refuse_team_cycle
from incidents.admin.base import EntitledAdmin, PartInline, TellsUsage, user_of
from incidents.admin.ordering import OrderedForm, OrderedFormSet
from incidents.admin.usage import Link, tell
from incidents.errors import InvalidRequest
from incidents.models import Membership, Service, Team, User
from incidents.row_fields import AttributesField


class MembershipInline(PartInline, TabularInline):
    model = Membership
    form = OrderedForm
    formset = OrderedFormSet
    fields = ["user", "is_primary", "is_secondary", "is_manager", "position"]
    autocomplete_fields = ["user"]
    ordering_field = "position"
    hide_ordering_field = True
    hide_title = True
    verbose_name = "member"
    verbose_name_plural = "members, in the order in which they are paged"


class TeamForm(forms.ModelForm):
    """A team, with the teams in it."""

    attributes = AttributesField(widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}))

    class Meta:
        model = Team
        fields = ["name", "description", "attributes", "subteams"]

    def clean_subteams(self) -> Any:
        found = self.cleaned_data["subteams"]
        if self.instance.pk:
            try:
                refuse_team_cycle(self.instance, found)
            except InvalidRequest as refusal:
                raise forms.ValidationError(str(refusal).removeprefix("subteams: ")) from refusal
        return found


@admin.register(Team)
class TeamAdmin(TellsUsage, EntitledAdmin):
    """Managers may change their own team; other teams need the entitlement for all."""

    entitlement = "incidents.Groups_Update_GlobalAccess"
    view_entitlement = "incidents.view_team"
    form = TeamForm
    autocomplete_fields = ["subteams"]
    inlines = [MembershipInline]
    view_on_site = False
    list_display = ["name", "people", "its_services", "description"]
    search_fields = ["name", "description", "attributes"]
    fieldsets = [(None, {"fields": ["name", "description", "subteams", "attributes"]})]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return (
            super()
            .get_queryset(request)
            .annotate(
                member_count=Count("memberships", distinct=True),
                service_count=Count("services", distinct=True),
            )
        )

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if super().has_change_permission(request, obj):
            return True
        if not request.user.has_perm("incidents.Groups_Update_GroupAccess"):
            return False
        managed = Membership.objects.filter(user=user_of(request), is_manager=True)
        return (managed.filter(team=obj) if obj else managed).exists()

    @admin.display(description="Members", ordering="member_count")
    def people(self, team: Any) -> int | str:
        return team.member_count or "none: it pages nobody"

    @admin.display(description="Services", ordering="service_count")
    def its_services(self, team: Any) -> int:
        return team.service_count


@tell(Team)
def services_of(team: Team, user: User) -> Iterator[Link]:
    for service in Service.objects.visible_to(user).filter(team=team):
        yield f"Service {service}", service.get_absolute_url()
