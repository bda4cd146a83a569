"""Settings: the pages of the menu's second part, by what they are about."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from opsportal.lib import pages
from opsportal.web.navigation import configured

MORE = "More"
# The titles of the menu's entries; what is named nowhere stands under "More".
SECTIONS = {
    "Integrations": (
        *("Webhooks", "Slack", "Tickets", "Outbound services"),
        *("Mail accounts", "Chat accounts", "Import", "API keys"),
    ),
    "Notifications": (
        "Email",
        "SMS",
        "Live call routing",
        "Providers",
        "Contact methods",
        "Message templates",
        "Catch-all",
    ),
    "Escalation": ("Policies", "Response plays", "Workflows", "Conference bridges"),
    "People": ("Teams", "People"),
}
HINTS = {
    "Webhooks": "Google Chat, Microsoft Teams, Discord, Telegram, programs",
    "Slack": "The app of a workspace, and its channels",
    "Tickets": "Jira, ServiceNow, GitHub and GitLab, both ways",
    "Outbound services": "Requests that incidents send elsewhere",
    "Mail accounts": "Mailboxes whose mails open alerts",
    "Chat accounts": "Who gives commands in Slack and Microsoft Teams",
    "Import": "People, schedules and policies of another pager",
    "API keys": "Scripts that read and change the portal",
    "Email": "Resend, SendGrid, SMTP and others",
    "SMS": "Twilio, Amazon SNS and others",
    "Live call routing": "A number that rings whoever is on call",
    "Providers": "All channels: accounts, how they are, a test",
    "Contact methods": "The addresses of everybody",
    "Message templates": "What messages say, by channel and language",
    "Catch-all": "Who is told when nobody else was reached",
    "Policies": "Who is told first, and who after them",
    "Response plays": "Tiers of people, all of a tier at once",
    "Workflows": "What is done by itself when an incident changes",
    "Conference bridges": "Where responders meet",
    "Teams": "Members and their roles",
    "People": "Accounts, roles, invitations",
    "Topics": "What people subscribe to",
    "Incident templates": "Incidents that are opened by hand",
    "Custom fields": "More about an incident",
    "Retention": "For how long what is kept",
    "Background tasks": "What failed, and what waits",
}


@pages.signed_in()
@require_safe
def settings_page(request: HttpRequest) -> HttpResponse:
    """What the person may configure."""
    entries = [*configured(request), *_channels(request)]
    context = {"title": "Settings", "sections": sections_of(entries)}
    return pages.render_page(request, "opsportal/settings.html", context)


def _channels(request: HttpRequest) -> list[dict[str, Any]]:
    """The two channels that are looked for first. The menu has one entry for all of them."""
    if not request.user.has_perm("notifications.view_provider"):
        return []
    return [
        {"title": title, "icon": icon, "link": reverse("notification_settings_of", args=[channel])}
        for title, icon, channel in (("Email", "mail", "email"), ("SMS", "sms", "sms"))
    ]


def sections_of(entries: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """The entries by section, each with what it is about; no section is empty. What belongs to
    none stands under MORE."""
    named = {entry["title"]: entry | {"hint": HINTS.get(entry["title"], "")} for entry in entries}
    placed = {title for titles in SECTIONS.values() for title in titles}
    order = {**SECTIONS, MORE: [title for title in named if title not in placed]}
    found = {
        section: [named[title] for title in titles if title in named]
        for section, titles in order.items()
    }
    return {section: rows for section, rows in found.items() if rows}
