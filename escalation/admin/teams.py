"""A new team may begin with a schedule; any is asked at once whether pages reach its members."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.timesince import timesince
from unfold.decorators import action
from unfold.widgets import UnfoldBooleanWidget

from escalation.actions.team_schedules import add_team_schedule
from incidents.admin.base import user_of
from incidents.admin.teams import TeamAdmin
from incidents.errors import DomainError
from incidents.models import Team
from notifications.actions import team_tests
from notifications.models import ContactMethod


class NewTeamForm(forms.ModelForm):
    """With a tick for the schedule."""

    with_schedule = forms.BooleanField(
        required=False,
        initial=True,
        label="With a schedule",
        help_text="All members are on call together, at every hour: to be changed into turns.",
        widget=UnfoldBooleanWidget,
    )

    class Meta:
        model = Team
        fields = ["name", "description"]


admin.site.unregister(Team)


@admin.register(Team)
class TeamWithScheduleAdmin(TeamAdmin):
    """The teams, of which a new one gets a schedule where that is ticked. Who may change one sees
    whether pages reach its members, and has them all asked."""

    actions_submit_line = ["send_tests"]

    add_fieldsets = [(None, {"fields": ["name", "description", "with_schedule"]})]

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        if obj is None:
            kwargs["form"] = NewTeamForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return self.add_fieldsets
        sets = list(super().get_fieldsets(request, obj))
        if self.has_change_permission(request, obj):
            sets.append(("Reachability", {"fields": ["reachability"]}))
        return sets

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [*super().get_readonly_fields(request, obj), "reachability"]

    @action(description="Save and send a test to every contact method")
    def send_tests(self, request: HttpRequest, obj: Team) -> None:
        try:
            found = team_tests.test_team(obj, by=user_of(request))
        except DomainError as refusal:
            messages.warning(request, str(refusal))
        else:
            said = f"{found.count} tests are on their way. Who has answered stands on this page."
            messages.info(request, said)

    @admin.display(description="Whether pages arrive")
    def reachability(self, team: Team) -> str:
        """Each member with the contact methods, and when each was last answered."""
        found = team_tests.reach_of(team)
        rows = format_html_join(
            "",
            "<li>{}: {}</li>",
            (
                (member.user, ", ".join(map(_proof, member.contact_methods)) or "no contact method")
                for member in found.members
            ),
        )
        asked = ""
        if found.asked_at:
            when = f"{timesince(found.asked_at)} ago"
            asked = f"All were asked {when}; {found.answered} of {found.count} have answered."
        return format_html("<p>{}</p><ul>{}</ul>", asked, rows)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if not change and form.cleaned_data.get("with_schedule"):
            schedule = add_team_schedule(form.instance, by=user_of(request))
            if schedule is None:
                said = "It has no schedule yet: there is nobody in it who can be paged."
                messages.warning(request, said)


def _proof(method: ContactMethod) -> str:
    proven = f"proven {timesince(method.proven_at)} ago" if method.proven_at else "not proven"
    return f"{method.get_channel_display()} {proven}"
