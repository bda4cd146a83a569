"""Settings, Notifications: by which accounts messages leave, channel by channel."""

from typing import Any, NamedTuple

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header, urlencode
from django.views.decorators.http import require_POST, require_safe

from incidents.errors import DomainError, InvalidRequest
from incidents.views.base import SignedInRequest, requires, run_and_redirect
from notifications.actions import provider_tests
from notifications.channels import all_channels
from notifications.models import Lane, Provider
from notifications.provider_accounts import (
    ProviderAccount,
    account_of,
    accounts_of,
    from_environment,
)
from notifications.providers import all_providers, find_provider
from opsportal.lib import pages
from opsportal.lib.net.errors import DeliveryError

VIEW, CHANGE = "notifications.view_provider", "notifications.change_provider"
FIRST = ("email", "sms", "voice", "push", "slack", "whatsapp")  # The others follow by name.


class _Row(NamedTuple):
    """An account as the page shows it; ``url`` is '' where it cannot be edited, and ``package``
    where there is no file to be uploaded at the vendor."""

    name: str
    provider: str
    state: str
    error: str
    url: str
    package: str = ""


@requires(VIEW)
@require_safe
def channel_list(request: SignedInRequest) -> HttpResponse:
    """All channels that are carried by providers, with their accounts."""
    return _page(request, _provided(), "Notifications")


@requires(VIEW)
@require_safe
def channel(request: SignedInRequest, channel: str) -> HttpResponse:
    if channel not in _provided():
        raise Http404
    return _page(request, [channel], all_channels()[channel].label)


@requires(CHANGE)
@require_POST
def send_test(request: SignedInRequest, channel: str) -> HttpResponse:
    """A test to the address of whoever asks, by the account that is asked first, now."""
    if channel not in _provided():
        raise Http404
    url = reverse("notification_settings_of", args=[channel])
    return run_and_redirect(request, lambda: _test(request, channel), url)


@requires(CHANGE)
@require_safe
def package(request: SignedInRequest, channel: str) -> HttpResponse:
    """The file of an account that is to be uploaded at its vendor."""
    if channel not in _provided():
        raise Http404
    key = request.GET.get("account", "")
    account = next((one for one in accounts_of(channel) if one.key == key), None)
    made = account.provider.package(account.config) if account else None
    if made is None:
        messages.error(request, "This account has no file to be uploaded.")
        return redirect("notification_settings_of", channel)
    name, content = made
    disposition = content_disposition_header(as_attachment=True, filename=name) or ""
    headers = {"Content-Disposition": disposition, "Cache-Control": "no-store"}
    return HttpResponse(content, content_type="application/zip", headers=headers)


def _test(request: SignedInRequest, channel: str) -> str:
    accounts = provider_tests.accounts_to_test(channel)
    if not accounts:
        raise InvalidRequest(f"There is no account for {all_channels()[channel].label} yet.")
    try:
        return provider_tests.send_test(accounts[0], request.user)
    except DeliveryError as error:
        raise DomainError(str(error)) from error


def _provided() -> list[str]:
    """The channels that have providers, those that most people look for first."""
    keys = {key for key, _ in all_providers()}
    order = {key: at for at, key in enumerate(FIRST)}
    return sorted(keys, key=lambda key: (order.get(key, len(order)), all_channels()[key].label))


def _page(request: SignedInRequest, keys: list[str], title: str) -> HttpResponse:
    failing = {lane.key: lane.last_error for lane in Lane.objects.failing(timezone.now())}
    sections = [_section(key, failing, request) for key in keys]
    is_one = len(keys) == 1
    context = {
        "title": title,
        "channels": [one for one in sections if one["rows"] or is_one],
        "unused": [one for one in sections if not one["rows"] and not is_one],
        "of_people": _without_accounts(for_people=True),
        "of_rooms": _without_accounts(for_people=False),
        "is_one": is_one,
    }
    return pages.render_page(request, "notifications/settings_notifications.html", context)


def _without_accounts(*, for_people: bool) -> list[str]:
    """The channels that need no account, since each address brings its own: those that a person
    can have, or those for rooms and machines alone."""
    found = all_channels().values()
    wanted = [
        one
        for one in found
        if one.for_people == for_people and not one.has_provider and one.Form.base_fields
    ]
    return sorted((one.label for one in wanted), key=str.lower)


def _section(key: str, failing: dict[str, str], request: SignedInRequest) -> dict[str, Any]:
    stored = Provider.objects.filter(channel=key)
    rows = [_row(row, failing) for row in stored] + _of_environment(key, failing)
    kinds = [kind for channel, kind in all_providers() if channel == key]
    add = reverse("admin:notifications_provider_add")
    return {
        "key": key,
        "label": all_channels()[key].label,
        "about": (type(all_channels()[key]).__doc__ or "").partition("\n")[0],
        "rows": rows,
        "has_account": any(row.state in ("well", "failing") for row in rows),
        "add": [
            (_label(key, kind), f"{add}?{urlencode({'provider': f'{key}/{kind}'})}")
            for kind in kinds
        ],
        "may_change": request.user.has_perm(CHANGE),
    }


def _row(row: Provider, failing: dict[str, str]) -> _Row:
    account = account_of(row)
    state = "well" if row.is_enabled else "disabled"
    if account is None:
        state = "unreadable"
    error = failing.get(account.lane, "") if account else ""
    return _Row(
        row.name,
        _label(row.channel, row.kind),
        "failing" if error and row.is_enabled else state,
        error,
        reverse("admin:notifications_provider_change", args=[row.pk]),
        _package_url(account) if account and row.is_enabled else "",
    )


def _of_environment(key: str, failing: dict[str, str]) -> list[_Row]:
    return [_fixed(account, failing.get(account.lane, "")) for account in from_environment(key)]


def _fixed(account: ProviderAccount, error: str) -> _Row:
    state = "failing" if error else "well"
    return _Row(account.name, account.provider.label, state, error, "", _package_url(account))


def _package_url(account: ProviderAccount) -> str:
    if not account.provider.has_package:
        return ""
    url = reverse("provider_package", args=[account.channel])
    return f"{url}?{urlencode({'account': account.key})}"


def _label(channel: str, kind: str) -> str:
    provider = find_provider(channel, kind)
    return provider.label if provider else kind
