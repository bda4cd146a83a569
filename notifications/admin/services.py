"""What this app adds to the pages of services, teams and people."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from unfold.admin import StackedInline, TabularInline
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from incidents.admin.base import PartInline
from incidents.admin.ordering import OrderedForm, OrderedFormSet
from incidents.admin.people import UserAdmin
from incidents.admin.services import ServiceAdmin
from incidents.admin.teams import TeamAdmin
from incidents.forms import offer_choices
from incidents.models.people import CHANGE_PEOPLE
from notifications.forms import channels_for_people
from notifications.models import ContactMethod, Rule, ServiceNotificationSettings, TeamContact


class ChannelsForm(forms.ModelForm):
    """The channels to people are ticked, and not written as JSON."""

    personal_channels = forms.MultipleChoiceField(
        required=False,
        label="channels to people",
        help_text="By which people are told of its incidents. None: by all that they have, as is "
        "who has none of these.",
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        channels = [(key, one.label) for key, one in channels_for_people().items()]
        offer_choices(self, personal_channels=channels)


class ServiceNoticeInline(PartInline, StackedInline):
    model = ServiceNotificationSettings
    form = ChannelsForm
    autocomplete_fields = ["channels"]
    fields = [
        "channels",
        "personal_channels",
        ("on_triggered", "on_acknowledged", "on_resolved"),
        ("on_sla_warning", "on_sla_breach", "sla_tells_owner", "sla_tells_managers"),
    ]
    verbose_name = verbose_name_plural = "Shared channels that hear of this service"
    can_delete = False
    hide_title = True
    max_num = 1

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        return 0 if obj and hasattr(obj, "notification_settings") else 1


class OfPerson(PartInline):
    """Seen by the person, and by who may change people."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj == request.user or request.user.has_perm(CHANGE_PEOPLE)


class ContactMethodInline(OfPerson, TabularInline):
    """To read; each is changed on its own page, which draws the form of its channel."""

    model = ContactMethod
    fields = ["shown", "label", "is_enabled", "verified_at"]
    readonly_fields = fields  # type: ignore[assignment]
    hide_title = True
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="Address")
    def shown(self, method: ContactMethod) -> str:
        return format_html("{}: {}", method.get_channel_display(), method.address)


class RuleInline(OfPerson, TabularInline):
    """Which method when; without rows the portal's order is used."""

    model = Rule
    fields = [
        "urgency",
        "contact_method",
        "after_minutes",
        "repeat_times",
        "repeat_every_minutes",
    ]
    hide_title = True
    verbose_name_plural = "rules: which method, how many minutes after a page begins"

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        self.person = obj
        return super().get_formset(request, obj, **kwargs)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "contact_method":
            kwargs["queryset"] = ContactMethod.objects.filter(user=self.person)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class TeamContactInline(PartInline, TabularInline):
    """Addresses of the team itself, in the order in which they are told."""

    model = TeamContact
    form = OrderedForm
    formset = OrderedFormSet
    fields = ["shared_channel", "wait_minutes", "position"]
    autocomplete_fields = ["shared_channel"]
    ordering_field = "position"
    hide_ordering_field = True
    hide_title = True
    verbose_name = "contact method of the team"
    verbose_name_plural = (
        "contact methods of the team: where a step names the team, told one after another beside "
        "its members, until somebody answers"
    )


ServiceAdmin.inlines.append(ServiceNoticeInline)
TeamAdmin.inlines.append(TeamContactInline)
UserAdmin.inlines += [ContactMethodInline, RuleInline]
