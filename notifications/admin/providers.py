"""Accounts at providers: added with the steps that lead to their credentials, checked, tested."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ERROR_FLAG
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import action, display

from incidents.admin.base import RankedSearch, user_of
from notifications.actions import costs, provider_tests
from notifications.admin.choosing import choose_channel
from notifications.admin.config_form import ConfigForm
from notifications.channels import PhoneNumberField, all_channels
from notifications.models import Lane, Provider
from notifications.provider_accounts import account_of, callback_url, from_environment
from notifications.providers import BaseProvider, all_providers, find_provider
from opsportal.lib.net.errors import DeliveryError

STATES = {"well": "success", "failing": "danger", "disabled": "warning", "unreadable": "danger"}
PARAMETER = "provider"


class _Card:
    """A provider with the channel that it is of, as it is offered."""

    def __init__(self, channel: str, provider: BaseProvider) -> None:
        self.label = _title(channel, provider, "{}: {}")
        self.about = (type(provider).__doc__ or "").partition("\n")[0]


@admin.register(Provider)
class ProviderAdmin(RankedSearch):
    form = ConfigForm
    actions_submit_line = ["check_account", "send_test"]
    list_before_template = "notifications/admin_provider_list.html"
    list_display = ["name", "shown_channel", "shown_provider", "position", "prefixes", "state"]
    list_filter = ["channel", "is_enabled"]
    list_fullwidth = True
    search_fields = ["name"]
    warn_unsaved_form = True
    readonly_fields = ["callbacks_come_to", "last_error", "spent_this_month"]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        channels = sorted({channel for channel, _ in all_providers()})
        found = [
            (all_channels()[channel].label, account)
            for channel in channels
            for account in from_environment(channel)
        ]
        shown = [] if ERROR_FLAG in request.GET else found
        return super().changelist_view(
            request, {**(extra_context or {}), "environment_accounts": shown}
        )

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        known = {f"{channel}/{kind}": one for (channel, kind), one in all_providers().items()}
        if request.GET.get(PARAMETER) in known:
            return super().add_view(request, form_url, extra_context)
        cards = {key: _Card(key.partition("/")[0], one) for key, one in known.items()}
        title = "Add provider: which one?"
        return choose_channel(self, request, cards, title=title, parameter=PARAMETER)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        kwargs["form"] = ConfigForm.for_owner(_provider(request, obj)[2])
        return super().get_form(request, obj, change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        channel, _, provider = _provider(request, obj)
        settings = ConfigForm.for_owner(provider).setting_names(obj)
        by_number = any(
            isinstance(field, PhoneNumberField)
            for field in all_channels()[channel].Form.base_fields.values()
        )
        order = ["position", *(["prefixes"] if by_number else []), "is_enabled"]
        title = _title(channel, provider, "{} by {}")
        sets: list[Any] = [
            (title, {"fields": ["name", *settings], "description": _steps(provider)}),
            ("When it is asked", {"fields": order}),
            (
                "How fast",
                {"fields": ["rate_per_s", "burst"], "description": _usual_rate(provider)},
            ),
            ("What it costs", {"fields": ["unit_price", "currency", "monthly_limit"]}),
        ]
        if obj:
            sets.append(
                (
                    "State",
                    {"fields": ["callbacks_come_to", "last_error", "spent_this_month"]},
                )
            )
        return sets

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.config = form.cleaned_data["config"]
        if not change:
            obj.channel, obj.kind, _ = _provider(request, None)
        super().save_model(request, obj, form, change)

    def response_post_save_add(self, request: HttpRequest, obj: Any) -> HttpResponse:
        return redirect("notification_settings_of", obj.channel)

    def response_post_save_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        return redirect("notification_settings_of", obj.channel)

    @action(description="Save and check", permissions=["change"])
    def check_account(self, request: HttpRequest, obj: Any) -> None:
        self._tell(request, obj, provider_tests.check)

    @action(description="Save and send me a test", permissions=["change"])
    def send_test(self, request: HttpRequest, obj: Any) -> None:
        self._tell(
            request, obj, lambda account: provider_tests.send_test(account, user_of(request))
        )

    def _tell(self, request: HttpRequest, obj: Any, ask: Any) -> None:
        account = account_of(obj)
        try:
            if account is None:
                raise DeliveryError("Its settings cannot be read: enter the secrets anew.")
            self.message_user(request, ask(account), messages.SUCCESS)
        except DeliveryError as error:
            self.message_user(request, str(error), messages.ERROR)

    @display(description="Channel", ordering="channel")
    def shown_channel(self, row: Any) -> str:
        return all_channels()[row.channel].label

    @display(description="Provider", ordering="kind")
    def shown_provider(self, row: Any) -> str:
        provider = find_provider(row.channel, row.kind)
        return provider.label if provider else row.kind

    @display(description="State", label=STATES)
    def state(self, row: Any) -> str:
        if not row.is_enabled:
            return "disabled"
        account = account_of(row)
        if account is None:
            return "unreadable"
        failing = Lane.objects.failing(timezone.now()).filter(key=account.lane).exists()
        return "failing" if failing else "well"

    @admin.display(description="Callbacks come to")
    def callbacks_come_to(self, row: Any) -> str:
        return format_html("<span class='o-address'>{}</span>", callback_url(row.token))

    @admin.display(description="Spent this month")
    def spent_this_month(self, row: Any) -> str:
        return f"{costs.spent([row], timezone.now())[row.pk]:.2f} {row.currency}".strip()

    @admin.display(description="Last error")
    def last_error(self, row: Any) -> str:
        account = account_of(row)
        lane = Lane.objects.filter(key=account.lane).first() if account else None
        return (lane.last_error if lane else "") or "None."


def _provider(request: HttpRequest, row: Any) -> tuple[str, str, BaseProvider]:
    """Channel, kind and module of a row, or of what the address of a new one names."""
    if row is not None:
        found = find_provider(row.channel, row.kind)
        if found is not None:
            return row.channel, row.kind, found
    channel, _, kind = request.GET.get(PARAMETER, "").partition("/")
    known = all_providers()
    key = (channel, kind) if (channel, kind) in known else next(iter(known))
    return *key, known[key]


def _usual_rate(provider: BaseProvider) -> str:
    """What holds where the fields are empty."""
    usual = (
        f"Empty: {provider.rate}, as the provider says."
        if provider.rate
        else ("Empty: no limit; the provider names none.")
    )
    return f"{usual} What is too much waits for its turn, pages first; nothing is dropped."


def _title(channel: str, provider: BaseProvider, both: str) -> str:
    """Channel and provider, or the provider alone where that names the channel."""
    name = all_channels()[channel].label
    return provider.label if name in provider.label else both.format(name, provider.label)


def _steps(provider: BaseProvider) -> SafeString:
    items = format_html_join("", "<li>{}</li>", ((step,) for step in provider.steps))
    return format_html("<ol class='o-guide'>{}</ol>", items)
