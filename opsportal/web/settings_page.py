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
    "Integrations": ("Webhooks", "Slack", "Mail accounts", "Chat accounts", "Import", "API keys"),
    "Notifications": ("Providers", "Contact methods", "Catch-all", "E-mail", "SMS"),
    "Escalation": ("Policies", "Response plays", "Workflows", "Conference bridges"),
    "People": ("Teams", "People"),
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
        for title, icon, channel in (("E-mail", "mail", "email"), ("SMS", "sms", "sms"))
    ]


def sections_of(entries: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """The entries of the menu by section, in the order of the menu; no section is empty."""
    place = {title: section for section, titles in SECTIONS.items() for title in titles}
    found: dict[str, list[dict[str, Any]]] = {section: [] for section in (*SECTIONS, MORE)}
    for entry in entries:
        found[place.get(entry["title"], MORE)].append(entry)
    return {section: rows for section, rows in found.items() if rows}
