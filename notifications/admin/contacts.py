"""Contact methods of people: added, verified, tested."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.utils.html import conditional_escape
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from incidents.admin.base import ReadsVisible, user_of
from incidents.errors import DomainError
from incidents.models import User
from incidents.models.people import CHANGE_PEOPLE
from notifications.actions import contact_methods
from notifications.actions import settings as notification_settings
from notifications.admin.choosing import choose_channel
from notifications.admin.config_form import ConfigForm
from notifications.channels import all_channels
from notifications.guides import guide
from notifications.models import ContactMethod
from opsportal.lib.encryption import Unreadable

VOUCH = "You vouch for it: used for pages at once, without a code."
PLAIN = ("label", "is_enabled", "hours", "quiet_from", "quiet_until")
PROOF = (
    "user",
    "channel",
    "position",
    "verified_at",
    "proven_at",
    "code_digest",
    "code_sent_at",
    "code_tries",
)
STATES = {"verified": "success", "not verified": "warning", "disabled": "danger"}


class MethodForm(ConfigForm):
    """The address, and how it is proved."""

    is_vouched = forms.BooleanField(
        required=False, label="Verified", help_text=VOUCH, widget=UnfoldBooleanWidget
    )
    code = forms.CharField(
        required=False,
        max_length=6,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "one-time-code"}),
        help_text="The six digits that were sent to the address. Then it is used for pages.",
    )

    viewer: User

    def clean_user(self) -> User:
        person: User = self.cleaned_data["user"]
        if not self.viewer.may_change(person):
            raise forms.ValidationError(f"{person} adds addresses alone, or may more than you.")
        return person

    def clean_code(self) -> str:
        code = self.cleaned_data["code"]
        if code:
            try:
                contact_methods.confirm(self.instance.pk, code)
            except DomainError as refusal:
                raise forms.ValidationError(str(refusal)) from refusal
        return code


@admin.register(ContactMethod)
class ContactMethodAdmin(ReadsVisible):
    """People manage their own; who administers security manages all."""

    form = MethodForm
    actions_submit_line = ["send_code", "send_test"]
    autocomplete_fields = ["user"]
    list_display = [
        "shown_address",
        "shown_channel",
        "user",
        "label",
        "state",
        "proven",
        "last_sent_at",
    ]
    list_filter = ["channel", ("verified_at", admin.EmptyFieldListFilter), "is_enabled"]
    list_fullwidth = True
    list_select_related = ["user"]
    search_fields = ["user__name", "user__email", "label"]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is None or obj.user_id == request.user.pk:
            return request.user.is_active
        return request.user.has_perm(CHANGE_PEOPLE)

    def has_add_permission(self, request: HttpRequest) -> bool:
        me = user_of(request)
        return me.is_authenticated and me.may_change(me)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None or self._may(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None or self._may(request, obj)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active

    def _may(self, request: HttpRequest, method: ContactMethod) -> bool:
        return user_of(request).may_change(method.user)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """First the channel; then the form that it draws."""
        channels = {
            key: kind for key, kind in all_channels().items() if kind.for_people and kind.reaches
        }
        if request.GET.get("channel") in channels:
            return super().add_view(request, form_url, extra_context)
        return choose_channel(self, request, channels, title="Add contact method: which channel?")

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        kwargs["form"] = MethodForm.for_channel(_channel(request, obj))
        kwargs["form"].viewer = user_of(request)
        return super().get_form(request, obj, change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        key = _channel(request, obj)
        manages = request.user.has_perm(CHANGE_PEOPLE)
        settings = MethodForm.for_channel(key).setting_names(obj)
        who = ["user"] if manages and obj is None else []
        label = all_channels()[key].label
        shown = {"fields": [*who, *settings, "label", "is_enabled"], "description": guide(label)}
        sets: list[tuple[str, dict[str, Any]]] = [(label, shown)]
        proof = ["is_vouched"] if manages and not (obj and obj.is_verified) else []
        if obj and not obj.is_verified:
            proof.append("code")
        if proof and all_channels()[key].needs_verification:
            sets.append(("Verification", {"fields": proof, "description": _fault(obj)}))
        quiet = {"fields": [("quiet_from", "quiet_until")], "description": "For low urgency only."}
        return [*sets, ("Hours", {"fields": ["hours"]}), ("Quiet hours", quiet)]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"user": request.user.pk, **super().get_changeform_initial_data(request)}

    def get_actions_submit_line(self, request: HttpRequest, object_id: str) -> Any:
        names = super().get_actions_submit_line(request, object_id)
        method = self.model.objects.filter(pk=object_id).first()
        if method is None or not method.is_verified:
            return names
        return [name for name in names if not name.action_name.endswith("send_code")]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        found = form.cleaned_data
        if not change:
            owner = found.get("user") or user_of(request)
            obj.pk = contact_methods.add_contact_method(owner, form.channel_key, found["config"]).pk
        vouched = bool(found.get("is_vouched")) and request.user.has_perm(CHANGE_PEOPLE)
        plain = {name: getattr(obj, name) for name in PLAIN}
        is_kept = isinstance(found["config"], Unreadable)  # It cannot be read, so it stays.
        notification_settings.change_contact_method(
            obj.pk,
            config=None if is_kept else found["config"],
            is_verified=vouched or None,
            **plain,
        )
        obj.refresh_from_db(fields=[*PLAIN, *PROOF, *(() if is_kept else ("config",))])
        super().save_model(request, obj, form, change)  # Does what the buttons say.

    @action(description="Save and send a code")
    def send_code(self, request: HttpRequest, obj: Any) -> None:
        self._try(
            request, lambda: contact_methods.send_code(obj.pk), f"A code is on its way to {obj}."
        )

    @action(description="Save and send a test")
    def send_test(self, request: HttpRequest, obj: Any) -> None:
        def send() -> None:
            contact_methods.send_test(method_id=obj.pk)

        self._try(request, send, f"A test is on its way to {obj}.")

    def _try(self, request: HttpRequest, execute: Callable[[], Any], done: str) -> None:
        try:
            execute()
            self.message_user(request, done, messages.INFO)
        except DomainError as refusal:
            self.message_user(request, str(refusal), messages.WARNING)

    @admin.display(description="Address")
    def shown_address(self, method: ContactMethod) -> str:
        return method.address

    @admin.display(description="Channel", ordering="channel")
    def shown_channel(self, method: ContactMethod) -> str:
        return all_channels()[method.channel].label

    @admin.display(description="Proven", ordering="proven_at")
    def proven(self, method: ContactMethod) -> Any:
        """When somebody last answered what was sent there."""
        return method.proven_at or "not proven"

    @display(description="State", label=STATES)
    def state(self, method: ContactMethod) -> str:
        if not method.is_enabled:
            return "disabled"
        return "verified" if method.is_verified else "not verified"


def _fault(method: ContactMethod | None) -> str:
    """Why an address lost its proof, as HTML; '' where it did not."""
    return conditional_escape(f"Not used: {method.fault}.") if method and method.fault else ""


def _channel(request: HttpRequest, method: ContactMethod) -> str:
    return method.channel if method else request.GET.get("channel", "email")
