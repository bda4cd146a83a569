"""The sidebar, the account menu, and the banners of every page."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.urls import reverse

from incidents.models import Incident, User
from integrations.maintenance.banner import active_windows
from opsportal.runtime import health


@dataclass(frozen=True, slots=True)
class NavigationItem:
    """A link of the sidebar; ``permission`` is needed to see it, '' is for everybody. ``tab`` is
    another page that is under it."""

    title: str
    icon: str
    url_name: str
    permission: str = ""
    tab: str = ""


MAIN_ITEMS = (
    NavigationItem("Home", "home", "home"),
    NavigationItem("Incidents", "notifications_active", "incidents"),
    NavigationItem("Alerts", "warning", "alerts"),
    NavigationItem("Changes", "rocket_launch", "changes"),
    NavigationItem("On call", "record_voice_over", "on_call", "escalation.view_schedule"),
    NavigationItem("Schedules", "calendar_month", "schedules", "escalation.view_schedule"),
    NavigationItem("Services", "dns", "services"),
    NavigationItem("Integrations", "input", "integrations", "integrations.view_integration"),
    NavigationItem(
        "Maintenance", "construction", "maintenance", "integrations.view_maintenancewindow"
    ),
    NavigationItem("Status pages", "public", "status_pages", "notifications.view_statuspage"),
    NavigationItem("Inbound Log", "receipt_long", "messages", "integrations.view_inboundmessage"),
)
CONFIGURE_ITEMS = (
    NavigationItem(
        "Policies", "stairs", "admin:escalation_policy_changelist", "escalation.view_policy"
    ),
    NavigationItem(
        "Response plays", "campaign", "admin:escalation_play_changelist", "escalation.view_play"
    ),
    NavigationItem(
        "Workflows",
        "account_tree",
        "admin:escalation_workflow_changelist",
        "escalation.Workflows_View",
    ),
    NavigationItem("Teams", "groups", "admin:incidents_team_changelist", "incidents.view_team"),
    NavigationItem("People", "person", "admin:incidents_user_changelist", "incidents.view_user"),
    NavigationItem(
        "Contact methods",
        "contact_phone",
        "admin:notifications_contactmethod_changelist",
        "incidents.SecurityAdministration_Global_Access",
    ),
    NavigationItem(
        "Webhooks",
        "webhook",
        "webhooks",
        "notifications.change_sharedchannel",
        "admin:notifications_sharedchannel_changelist",
    ),
    NavigationItem("Slack", "tag", "slack", "notifications.change_provider"),
    NavigationItem(
        "Tickets",
        "confirmation_number",
        "ticket_systems",
        "notifications.OutboundIntegrations_GlobalAccess",
    ),
    NavigationItem(
        "Outbound services",
        "output",
        "outbound_services",
        "notifications.OutboundIntegrations_GlobalAccess",
        "admin:notifications_outboundservice_changelist",
    ),
    NavigationItem(
        "Providers",
        "cell_tower",
        "notification_settings",
        "notifications.view_provider",
        "admin:notifications_provider_changelist",
    ),
    NavigationItem(
        "Message templates", "edit_note", "message_templates", "notifications.view_provider"
    ),
    NavigationItem(
        "Live call routing",
        "settings_phone",
        "call_routes",
        "notifications.change_provider",
        "admin:escalation_callroute_changelist",
    ),
    NavigationItem(
        "Conference bridges",
        "call",
        "admin:incidents_conferencebridge_changelist",
        "incidents.Bridge_Maintenance",
    ),
    NavigationItem("Import", "move_to_inbox", "imports", "integrations.Import_GlobalAccess"),
    NavigationItem(
        "Topics", "label", "admin:incidents_topic_changelist", "incidents.Topics_Maintenance"
    ),
    NavigationItem(
        "Incident templates",
        "content_copy",
        "admin:escalation_incidenttemplate_changelist",
        "incidents.Template_Maintenance",
    ),
    NavigationItem(
        "Custom fields",
        "edit_note",
        "admin:incidents_customfield_changelist",
        "incidents.Template_Maintenance",
    ),
    NavigationItem("API keys", "key", "admin:incidents_apikey_changelist", "incidents.view_apikey"),
    NavigationItem(
        "Catch-all",
        "safety_check",
        "admin:notifications_catchall_changelist",
        "notifications.change_catchall",
    ),
    NavigationItem(
        "Mail accounts",
        "mark_email_unread",
        "admin:integrations_mailaccount_changelist",
        "integrations.InboundIntegrations_GlobalAccess",
    ),
    NavigationItem(
        "Chat accounts",
        "forum",
        "admin:integrations_chatidentity_changelist",
        "incidents.SecurityAdministration_Global_Access",
    ),
    NavigationItem(
        "Retention",
        "auto_delete",
        "admin:integrations_retention_changelist",
        "integrations.change_retention",
    ),
    NavigationItem(
        "Background tasks",
        "pending_actions",
        "admin:django_q_failure_changelist",
        "incidents.SecurityAdministration_Global_Access",
        "admin:django_q_ormq_changelist",
    ),
)


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """The groups of links that the person may open, as unfold takes them."""
    work = _shown(MAIN_ITEMS, request)
    for entry in work:
        if entry["title"] == "Incidents" and (count := open_count(request.user)):
            entry["badge"] = str(count)
    groups: list[dict[str, Any]] = [{"title": None, "items": work}]
    if configure := configured(request):
        groups.append({"title": "Configure", "separator": True, "items": configure})
    return groups


def configured(request: HttpRequest) -> list[dict[str, Any]]:
    """The links to what the person may configure."""
    return _shown(CONFIGURE_ITEMS, request)


def account_menu(request: HttpRequest) -> list[dict[str, str]]:
    """The links of the menu that opens from the person's name."""
    settings = [{"title": "Settings", "link": reverse("settings")}] if configured(request) else []
    return [
        *settings,
        {"title": "My shifts", "link": reverse("my_shifts")},
        {"title": "Profile and contact methods", "link": reverse("me")},
        {"title": "Change password", "link": reverse("account_change_password")},
        {"title": "Sessions", "link": reverse("sessions")},
    ]


def layout_context(request: HttpRequest) -> dict[str, Any]:
    """For the banners of the layout: what is wrong with the portal, and active maintenance."""
    if not request.user.is_authenticated:
        return {"portal_problems": [], "portal_silence": []}
    silence = partial(
        active_windows, request.user
    )  # Called by whole pages only, not by their regions.
    return {"portal_problems": health.problems(), "portal_silence": silence}


def open_count(user: User | AnonymousUser) -> int:
    """How many incidents that the person sees have nobody yet."""
    if isinstance(user, AnonymousUser):
        return 0
    return Incident.objects.visible_to(user).counted(user).unattended().count()


@cache
def _link(url_name: str) -> str:
    """The address of an entry, found once: thirty of them are on each page."""
    return reverse(url_name)


def _shown(items: Sequence[NavigationItem], request: HttpRequest) -> list[dict[str, Any]]:
    shown = []
    for item in items:
        if item.permission and not request.user.has_perm(item.permission):
            continue
        link = _link(item.url_name)
        under = (link, _link(item.tab)) if item.tab else (link,)
        is_here = request.path == link if link == "/" else request.path.startswith(under)
        shown.append({"title": item.title, "icon": item.icon, "link": link, "active": is_here})
    return shown
