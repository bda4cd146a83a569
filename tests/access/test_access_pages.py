"""The pages that people open, and not machines."""

import re

import pytest
from django.test import Client
from django.urls import get_resolver

from tests.access.surfaces import LOGIN, REFUSED, ROLES, expected, undone

pytestmark = pytest.mark.django_db


def pages(resolver=None, prefix=""):
    """The addresses that people open, and not machines."""
    for entry in (resolver or get_resolver()).url_patterns:
        path = prefix + str(entry.pattern)
        if hasattr(entry, "url_patterns"):
            if not path.startswith(("admin/", "api/v1/")):
                yield from pages(entry, path)
        elif entry.name and not getattr(entry.callback, "csrf_exempt", False):
            yield entry.name, path


LIST_OF = {
    "imports": "imports",
    "incidents": "incidents",
    "services": "services",
    "integrations": "integrations",
    "maintenance": "maintenance-windows",
    "inbound-log": "inbound-messages",
    "schedules": "schedules",
    "policies": "policies",
    "drills": "drills",
    "overrides": "overrides",
    "absences": "absences",
    "people": "users",
    "drafts": "drafts",
    "cover-requests": "cover-requests",
    "coverage": "coverage",
    "hand-overs": "hand-overs",
    "settings": "shared-channels",
    "status-pages": "status-pages",
    "status-reports": "status-reports",
}
OWN = {
    "rules": "notification-rules",
    "keys": "api-keys",
    "contact-methods": "contact-methods",
    "chat": "chat-identities",
    "feeds": "feeds",
}


def path_of(pattern, rows):
    first, _, rest = pattern.partition("/")
    is_own = first in ("me", "my-shifts")
    kind = OWN.get(rest.partition("/")[0]) if is_own else LIST_OF.get(first)
    kind = "heartbeats" if "/heartbeat/" in pattern else kind
    kind = "workspaces" if "/slack/" in pattern else kind
    kind = "outbound-services" if "integrations/outbound/" in pattern else kind
    path = pattern.replace("<int:pk>", str(rows[kind].pk) if kind else "1")
    path = path.replace("stock/<slug:stock>", "stock/all-hands")
    path = path.replace("<slug:template>", "odown").replace("<slug:channel>", "email")
    path = path.replace("<slug:kind>/<slug:occasion>/<slug:language>", "short/page/all")
    path = re.sub(r"<str:token>", "x", path)
    return "/" + re.sub(r"<\w+:\w+>", "odown", path)


def is_open(answer):
    """Whether the page lets in; the log-in, and what only the other method does, do not."""
    return answer.status_code not in (*REFUSED, 405) and not answer.get("Location", "").startswith(
        LOGIN
    )


@pytest.mark.usefixtures("blank_templates")
def test_of_the_pages(world):
    browsers = {letter: Client() for letter in ROLES}
    for letter, person in world.people.items():
        browsers[letter].force_login(person)
    found, sent = {}, {"service": world.rows["services"].pk}
    for name, pattern in pages():
        if name in PUBLIC or pattern.startswith("^"):
            continue
        path = path_of(pattern, world.rows)
        for method in ("get", "post"):
            who = ""
            for letter, browser in browsers.items():
                if is_open(undone(lambda: getattr(browser, method)(path, sent))):  # noqa: B023
                    who += letter
            if who:
                found[f"{method} {name}"] = who

    assert found == expected("Pages")


PUBLIC = {
    "healthz",
    "template_logo",
    "account_login",
    "account_logout",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key_done",
    "pulse",  # 401: a script of a page asks
}


def test_whoever_is_not_logged_in_is_led_to_the_log_in(world):
    for name, pattern in pages():
        if name not in PUBLIC and not pattern.startswith("^"):
            path = path_of(pattern, world.rows)
            for method in ("get", "post"):
                answer = getattr(Client(), method)(path)
                assert answer.get("Location", "").startswith(LOGIN), (method, name, answer)
