"""The entries of the sidebar, by permission."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from incidents.models import Incident, User
from integrations.maintenance.banner import silences
from opsportal.runtime import health


@dataclass(frozen=True, slots=True)
class Item:
    """One place: its address by name, and which permission shows it ('' is everybody)."""

    title: str
    icon: str
    url_name: str
    permission: str = ""


WORK = (
    Item("Home", "home", "home"),
    Item("Incidents", "notifications_active", "incidents"),
    Item("Changes", "rocket_launch", "changes"),
    Item("Services", "dns", "services"),
    Item("Integrations", "input", "integrations", "integrations.view_integration"),
    Item("Maintenance", "construction", "maintenance", "integrations.view_maintenancewindow"),
    Item("Inbound Log", "receipt_long", "messages", "integrations.view_inboundmessage"),
)
CONFIGURE = (
    Item("Policies", "stairs", "admin:escalation_policy_changelist", "escalation.view_policy"),
    Item("Response plays", "campaign", "admin:escalation_play_changelist", "escalation.view_play"),
    Item("Teams", "groups", "admin:incidents_team_changelist", "incidents.view_team"),
    Item("People", "person", "admin:incidents_user_changelist", "incidents.view_user"),
    Item(
        "Contact methods",
        "contact_phone",
        "admin:notifications_contactmethod_changelist",
        "incidents.SecurityAdministration_Global_Access",
    ),
    Item(
        "Shared channels",
        "hub",
        "admin:notifications_sharedchannel_changelist",
        "notifications.change_sharedchannel",
    ),
    Item(
        "Conference bridges",
        "call",
        "admin:incidents_conferencebridge_changelist",
        "incidents.Bridge_Maintenance",
    ),
    Item("API keys", "key", "admin:incidents_apikey_changelist", "incidents.view_apikey"),
    Item(
        "Catch-all",
        "safety_check",
        "admin:notifications_catchall_changelist",
        "notifications.change_catchall",
    ),
    Item(
        "Mail accounts",
        "mark_email_unread",
        "admin:integrations_mailaccount_changelist",
        "integrations.InboundIntegrations_GlobalAccess",
    ),
    Item(
        "Chat accounts",
        "forum",
        "admin:integrations_chatidentity_changelist",
        "incidents.SecurityAdministration_Global_Access",
    ),
    Item(
        "Retention",
        "auto_delete",
        "admin:integrations_retention_changelist",
        "integrations.change_retention",
    ),
)


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The groups of the sidebar; what a person may not open is not shown."""
    work = _shown(WORK, request)
    for entry in work:
        if entry["title"] == "Incidents" and (count := _open_count(request.user)):
            entry["badge"] = str(count)
    groups: list[dict[str, Any]] = [{"title": None, "items": work}]
    if configure := _shown(CONFIGURE, request):
        groups.append({"title": "Configure", "separator": True, "items": configure})
    return groups


def account(request: HttpRequest) -> list[dict[str, str]]:
    """Links of the menu behind one's own name."""
    return [
        {"title": "You: addresses, rules, keys", "link": reverse("me")},
        {"title": "Change password", "link": reverse("admin:password_change")},
    ]


def for_every_page(request: HttpRequest) -> dict[str, Any]:
    """Context of the layout: problems of the portal itself, and active maintenance windows."""
    if not request.user.is_authenticated:
        return {"portal_problems": [], "portal_silence": []}
    silence = partial(silences, request.user)  # Asked for by pages only, not by their parts.
    return {"portal_problems": health.problems(), "portal_silence": silence}


def _open_count(user: User | AnonymousUser) -> int:
    if isinstance(user, AnonymousUser):
        return 0
    return Incident.objects.visible_to(user).unattended().count()


def _shown(items: Sequence[Item], request: HttpRequest) -> list[dict[str, Any]]:
    shown = []
    for item in items:
        if item.permission and not request.user.has_perm(item.permission):
            continue
        try:
            link = reverse(item.url_name)
        except NoReverseMatch:  # An area that is not installed has no link.
            continue
        is_here = request.path == link if link == "/" else request.path.startswith(link)
        shown.append({"title": item.title, "icon": item.icon, "link": link, "active": is_here})
    return shown
