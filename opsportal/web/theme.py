"""The settings of unfold: name, colours, styles and navigation of the admin layout."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy


def _asset(path: str) -> Callable[[HttpRequest], str]:
    return lambda _: static(path)


PRIMARY = {
    "50": "#eef2ff",
    "100": "#dfe6ff",
    "200": "#c3cffc",
    "300": "#a3b4fa",
    "400": "#8ea6ff",
    "500": "#5c7cfa",
    "600": "#3b5bdb",
    "700": "#2f49b8",
    "800": "#263a92",
    "900": "#212f73",
    "950": "#161f4a",
}
BASE = {
    "50": "#f6f7f9",
    "100": "#eef0f4",
    "200": "#e3e6eb",
    "300": "#cfd4dc",
    "400": "#98a2b3",
    "500": "#667085",
    "600": "#465063",
    "700": "#344054",
    "800": "#273043",
    "900": "#121826",
    "950": "#0b101b",
}

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "OpsPortal",
    "SITE_HEADER": "OpsPortal",
    "SITE_SYMBOL": "notifications_active",
    "SITE_ICON": _asset("img/logo.svg"),
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": _asset("img/favicon.svg")},
    ],
    "SITE_URL": "/",
    "COLORS": {"primary": PRIMARY, "base": BASE},
    "STYLES": [_asset("portal.css"), _asset("parts.css")],
    "GLOBAL_CALLBACK": "opsportal.web.navigation.layout_context",
    "ACCOUNT": {"navigation": "opsportal.web.navigation.account_menu"},
    "TABS": [
        {
            "models": ["django_q.failure", "django_q.ormq"],
            "items": [
                {"title": "Failed", "link": reverse_lazy("admin:django_q_failure_changelist")},
                {"title": "Queued", "link": reverse_lazy("admin:django_q_ormq_changelist")},
            ],
        }
    ],
    "SIDEBAR": {"navigation": "opsportal.web.navigation.sidebar"},
}
