"""One's own page: name and time zone, contact methods, rules, API keys."""

import zoneinfo
from datetime import timedelta
from functools import partial
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from incidents.actions import api_keys, settings
from incidents.forms import KeyForm, ProfileForm
from incidents.models import ApiKey, Urgency, User
from incidents.models.people import UPDATE_OWN, UPDATE_OWN_NOTIFICATIONS, VIEW_OWN
from incidents.overlap_form import OverlapForm
from incidents.views.base import SignedInRequest, process_form, requires_of_oneself
from notifications.actions import preferences
from notifications.actions.contact_hours import AWAITED
from notifications.forms import CodeForm, MethodForm, RuleForm, channels_for_people
from notifications.models import Notification
from notifications.views import devices
from opsportal.lib import pages

KEY_IDS = "id_key_%s"  # The profile on the same page has a name, too.
MAX_MESSAGES_READ = 200
ENDED = (Notification.State.SENT, Notification.State.DELIVERED, Notification.State.FAILED)
DEFAULT_EVERY_MINUTES = 5
RULE_WRONG = (
    "A rule needs one of your addresses and 0 to 1440 minutes; it is repeated at most 10 times, "
    "after 1 to 120 minutes each."
)


@requires_of_oneself(VIEW_OWN)
@require_safe
def me(request: SignedInRequest) -> HttpResponse:
    return _page(request)


def _page(request: SignedInRequest, *, status: int = 200, **forms: Any) -> HttpResponse:
    """The whole page; ``forms`` are those with errors."""
    user = request.user
    context = {
        "title": "Profile",
        "profile_form": ProfileForm(instance=user),
        "key_form": KeyForm(auto_id=KEY_IDS),
        "overlap_form": OverlapForm(auto_id=False),
        "methods": _methods(user),
        "device": devices.browser_context(user),
        "channels": channels_for_people(),
        "rules": _rules(user),
        "keys": ApiKey.objects.filter(user=user, revoked_at=None),
        "time_zones": sorted(zoneinfo.available_timezones()),
        "memberships": user.memberships.select_related("team"),
        "may_update": user.may_of_oneself(UPDATE_OWN),
        "may_update_notifications": user.may_of_oneself(UPDATE_OWN_NOTIFICATIONS),
        **forms,
    }
    response = pages.render_page(request, "notifications/me.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response


def _methods(user: User) -> list[dict[str, Any]]:
    """Each contact method with its forms and the last message to it, whatever that was about."""
    last = _last_messages(user)
    return [
        {
            "row": method,
            "last": last.get(method.pk),
            "form": MethodForm(instance=method, prefix=f"m{method.pk}"),
            "code_form": CodeForm(),
        }
        for method in user.contact_methods.all()
    ]


def _last_messages(user: User) -> dict[int, Notification]:
    """→ {contact method: the last message that was sent to it, or is to be as somebody waits for
    it}, of the latest messages to the person."""
    ended = Q(state__in=ENDED) | Q(event__in=AWAITED, state=Notification.State.WAITING)
    sent = Notification.objects.filter(ended, user=user, contact_method__isnull=False)
    found: dict[int, Notification] = {}
    for row in sent.order_by("-pk")[:MAX_MESSAGES_READ]:
        found.setdefault(row.contact_method_id or 0, row)
    return found


def _rules(user: User) -> list[dict[str, Any]]:
    """The rules of each urgency, with the form that adds one."""
    rows = list(user.rules.select_related("contact_method"))
    return [
        {
            "urgency": urgency,
            "rows": [row for row in rows if row.urgency == urgency],
            "form": RuleForm(user=user, initial={"urgency": urgency.value}, auto_id=False),
        }
        for urgency in Urgency
    ]


@requires_of_oneself(UPDATE_OWN)
@require_POST
def change_profile(request: SignedInRequest) -> HttpResponse:
    form = ProfileForm(request.POST, instance=User.objects.get(pk=request.user.pk))

    def save() -> HttpResponse:
        settings.change_profile(form.instance)
        messages.success(request, "Your profile is changed.")
        return redirect("me")

    return process_form(form, save, partial(_page, request, profile_form=form))


@requires_of_oneself(UPDATE_OWN_NOTIFICATIONS)
@require_POST
def add_rule(request: SignedInRequest) -> HttpResponse:
    form = RuleForm(request.POST, user=request.user)
    if form.is_valid():
        wanted = form.cleaned_data
        preferences.add_rule(
            request.user,
            wanted["urgency"],
            wanted["method"].pk,
            wanted["after_minutes"],
            repeat_times=wanted["repeat_times"] or 0,
            repeat_every_minutes=wanted["repeat_every_minutes"] or DEFAULT_EVERY_MINUTES,
        )
        messages.success(request, "The rule applies from the next page on.")
    else:
        messages.error(request, RULE_WRONG)
    return redirect("me")


@requires_of_oneself(UPDATE_OWN_NOTIFICATIONS)
@require_POST
def remove_rule(request: SignedInRequest, pk: int) -> HttpResponse:
    if rule := request.user.rules.filter(pk=pk).first():
        preferences.remove_rule(rule.pk)
        messages.success(request, "The rule is removed.")
    return redirect("me")


@pages.signed_in()
@require_POST
def create_key(request: SignedInRequest) -> HttpResponse:
    """The key is in this one response and nowhere else, so there is no redirect."""
    form = KeyForm(request.POST, auto_id=KEY_IDS)

    def create() -> HttpResponse:
        wanted = form.cleaned_data
        days = int(wanted["days"]) if wanted["days"] else None
        expires_at = timezone.now() + timedelta(days=days) if days else None
        key, text = api_keys.create_key(
            request.user, wanted["name"], wanted["scopes"], expires_at=expires_at
        )
        return _page(request, new_key=key, new_key_text=text)

    return process_form(form, create, partial(_page, request, key_form=form))


@pages.signed_in()
@require_POST
def rotate_key(request: SignedInRequest, pk: int) -> HttpResponse:
    """The new key is in this one response and nowhere else, so there is no redirect."""
    old = get_object_or_404(ApiKey, user=request.user, pk=pk)
    form = OverlapForm(request.POST)

    def rotate() -> HttpResponse:
        key, text = api_keys.rotate_key(old.pk, overlap=form.cleaned_data["overlap"])
        return _page(request, new_key=key, new_key_text=text)

    return process_form(form, rotate, partial(_page, request))


@pages.signed_in()
@require_POST
def revoke_key(request: SignedInRequest, pk: int) -> HttpResponse:
    if key := ApiKey.objects.filter(user=request.user, pk=pk).first():
        api_keys.revoke_key(key.pk)
        messages.success(request, f"The key {key.name} is revoked.")
    return redirect("me")


@pages.signed_in()
@require_POST
def mark_read(request: SignedInRequest) -> HttpResponse:
    preferences.mark_read(request.user)
    return redirect(pages.return_url(request, "home"))
