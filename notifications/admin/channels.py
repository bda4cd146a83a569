"""Shared channels: places that several people read."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from unfold.decorators import action

from incidents.admin.base import RankedSearch, TellsUsage
from incidents.admin.usage import Link, tell
from incidents.models import Service, User
from notifications.actions import contact_methods
from notifications.admin.choosing import choose_channel
from notifications.admin.config_form import ConfigForm
from notifications.channels import all_channels
from notifications.guides import guide
from notifications.models import SharedChannel

# The types that most people look for.
FIRST = ("googlechat", "teams", "discord", "telegram", "webhook")
ABOUT = (
    "A channel that several people read, or a machine. Services and steps of policies notify it."
)


@admin.register(SharedChannel)
class SharedChannelAdmin(TellsUsage, RankedSearch):
    form = ConfigForm
    actions_submit_line = ["send_test"]
    list_display = ["name", "shown_channel", "shown_address", "is_enabled"]
    list_filter = ["channel", "is_enabled"]
    list_fullwidth = True
    search_fields = ["name"]
    warn_unsaved_form = True

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        channels = {key: kind for key, kind in all_channels().items() if kind.for_sharing}
        if (chosen := request.GET.get("channel")) in channels:
            more = {"title": f"Add Webhook: {channels[chosen].label}", **(extra_context or {})}
            return super().add_view(request, form_url, more)
        ordered = {key: channels[key] for key in (*FIRST, *channels)}
        settings = reverse("settings")
        crumbs = [
            ("Settings", settings),
            ("Integrations", f"{settings}#integrations"),
            ("Webhooks", reverse("webhooks")),
        ]
        title = "Add Webhook: which type?"
        return choose_channel(self, request, ordered, title=title, crumbs=crumbs)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        kwargs["form"] = ConfigForm.for_channel(_channel(request, obj))
        return super().get_form(request, obj, change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        key = _channel(request, obj)
        settings = ConfigForm.for_channel(key).setting_names(obj)
        label = all_channels()[key].label
        about = format_html("{}{}", ABOUT, guide(label))
        fields = ["name", *settings, "language", "is_enabled", "is_default"]
        sets = [(label, {"fields": fields, "description": about})]
        return [*sets, ("Used by", {"fields": ["usage"]})] if obj else sets

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.channel, obj.config = form.channel_key, form.cleaned_data["config"]
        super().save_model(request, obj, form, change)

    def response_post_save_add(self, request: HttpRequest, obj: Any) -> HttpResponse:
        return redirect(obj)

    def response_post_save_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        return redirect(obj)

    @action(description="Save and send a test", permissions=["change"])
    def send_test(self, request: HttpRequest, obj: Any) -> None:
        contact_methods.send_test(shared_channel_id=obj.pk)
        self.message_user(request, f"A test is on its way to {obj}.", messages.INFO)

    @admin.display(description="Channel", ordering="channel")
    def shown_channel(self, shared: Any) -> str:
        return all_channels()[shared.channel].label

    @admin.display(description="Goes to")
    def shown_address(self, shared: Any) -> str:
        return shared.address


@tell(SharedChannel)
def services_of_channel(shared: SharedChannel, user: User) -> Iterator[Link]:
    for service in Service.objects.visible_to(user).filter(notification_settings__channels=shared):
        yield f"Service {service}", service.get_absolute_url()


def _channel(request: HttpRequest, shared: Any) -> str:
    return shared.channel if shared else request.GET.get("channel", "webhook")
