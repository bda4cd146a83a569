"""Who may open and change what: every page, every page of the admin, every operation of the API.

``tests/access.txt`` has a line for each. What is new has none, and fails here until somebody has
said who it is for. Letters: Owner, App admin, Integrations admin, Group admin, Responder,
Stakeholder, and Nobody, who can log in and has no role. All are in the team of the service.
"""

import re
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from django.conf import settings as django_settings
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import transaction
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone

from escalation.models import Play
from incidents.actions import api_keys
from incidents.actions.api_keys import SCOPES
from incidents.models import ApiKey, Change, ConferenceBridge, User
from integrations.models import ChatIdentity, MailAccount, MaintenanceWindow
from integrations.setup import replay
from notifications.models import Notification
from tests.api import make_paging_incident, make_person, script
from tests.factories import (
    make_absence,
    make_alert,
    make_catch_all,
    make_integration,
    make_method,
    make_override,
    make_policy,
    make_rule,
    make_schedule,
    make_service,
    make_shared_channel,
    make_team,
)
from tests.integrations.heartbeats import make_heartbeat

pytestmark = pytest.mark.django_db
HERE = Path(__file__).parent
ROLES = {
    "O": "Owner",
    "A": "App Admin",
    "I": "Integrations Admin",
    "G": "Group Admin",
    "R": "Responder",
    "S": "Stakeholder",
    "N": "",
}
REFUSED = {401, 403, 404}
LOGIN = "/admin/login/"


def expected(surface):
    """The lines of one part of the file: what is asked for, and by whom it may be (-: nobody)."""
    text = (HERE / "access.txt").read_text().partition(f"# {surface}\n")[2].partition("\n#")[0]
    lines = (line.partition(": ") for line in text.strip().splitlines())
    return {what.strip(): who.strip().strip("-") for what, _, who in lines}


@pytest.fixture
def world():
    """One row of everything, and a person in each role; ``other`` has none, and owns what is a
    person's."""
    people = {
        letter: make_person(*([role] if role else []), password="a long enough phrase")
        for letter, role in ROLES.items()
    }
    other = make_person(email="other@example.com")
    team = make_team(*people.values(), other)
    channel = make_shared_channel()
    policy = make_policy([other, channel])
    service = make_service(policy, team=team)
    incident = make_paging_incident(service, policy=policy)
    integration = make_integration("alertmanager", service=service, policy=policy)
    play = Play.objects.create(name="All hands")
    play.tiers.create().users.add(other)
    method = make_method(other)
    make_catch_all(other)
    rows = {
        "services": service,
        "integrations": integration,
        "incidents": incident,
        "policies": policy,
        "plays": play,
        "users": other,
        "teams": team,
        "roles": Group.objects.get(name="Stakeholder"),
        "contact-methods": method,
        "notification-rules": make_rule(method),
        "shared-channels": channel,
        "alerts": make_alert(incident),
        "changes": Change.objects.create(
            service=service, summary="Release", source="ci", at=timezone.now()
        ),
        "notifications": Notification.objects.create(
            user=other, incident=incident, channel="email", page_key="x"
        ),
        "conference-bridges": ConferenceBridge.objects.create(
            name="Room", meeting_url="https://meet.example/1"
        ),
        "mail-accounts": MailAccount.objects.create(name="Box", host="mail.example"),
        "chat-identities": ChatIdentity.objects.create(
            user=other, provider="slack", workspace="T", chat_user="U"
        ),
        "api-keys": api_keys.create_key(other, "script", ["config:read"])[0],
        "inbound-messages": replay.send_sample(integration.pk),
        "maintenance-windows": _window(service),
        "heartbeats": make_heartbeat(service=service),
        "schedules": make_schedule(other),
        "overrides": make_override(make_schedule(other), people["O"]),
        "absences": make_absence(other),
    }
    return SimpleNamespace(people=people, rows=rows)


def _window(service):
    now = timezone.now()
    window = MaintenanceWindow.objects.create(
        name="Works", starts_at=now, ends_at=now + timedelta(hours=1)
    )
    window.services.add(service)
    return window


def undone(call):
    """What a request answers, without what it did."""
    with transaction.atomic():
        found = call()
        transaction.set_rollback(True)
    return found


# The API


def operations():
    """Each operation of the OpenAPI document, as method and path after /api/v1/."""
    document = yaml.load(Path("docs/openapi.yaml").read_text(), yaml.CSafeLoader)
    for path, methods in document["paths"].items():
        if path.startswith("/api/v1/"):
            for method in methods:
                if method in ("get", "post", "put", "patch", "delete"):
                    yield method, path.removeprefix("/api/v1/")


def ask(client, method, path, rows):
    """The answer to one operation on the row of its list, with a body that may be wrong."""
    row = rows.get(path.partition("/")[0])
    filled = path.replace("{id}", str(row.pk) if row else "").replace("{template}", "odown")
    body = {} if method in ("post", "put", "patch") else None
    return undone(lambda: getattr(client, method)(f"/api/v1/{filled}", body))


def is_shown(answer, path, rows):
    """Whether the answer lets in; for a list, whether the row is in it."""
    if answer.status_code in REFUSED:
        return False
    found = answer.json() if answer.content else None
    row = rows.get(path.partition("/")[0])
    if row and path.count("/") == 1 and answer.request["REQUEST_METHOD"] == "GET":
        return row.pk in [line["id"] for line in found["results"]]
    return True


def test_of_the_api(world):
    clients = {letter: script(person) for letter, person in world.people.items()}
    found = {}
    for method, path in operations():
        found[f"{method} {path}"] = "".join(
            letter
            for letter, client in clients.items()
            if is_shown(ask(client, method, path, world.rows), path, world.rows)
        )

    assert found == expected("API")


def test_of_a_key_of_each_scope(world):
    owner = world.people["O"]
    clients = {scope: script(owner, scope) for scope in SCOPES}
    found = {}
    for method, path in operations():
        found[f"{method} {path}"] = " ".join(
            scope
            for scope, client in clients.items()
            if ask(client, method, path, world.rows).status_code not in REFUSED
        )

    assert found == expected("Keys of an Owner")


@pytest.mark.parametrize("fields", [{"is_active": False}, {"is_staff": False}])
def test_who_was_switched_off_may_nothing(world, fields):
    person = world.people["O"]
    key, browser = script(person), Client()
    browser.force_login(person)
    User.objects.filter(pk=person.pk).update(**fields)

    by_key = {ask(key, *op, world.rows).status_code for op in operations()}
    by_session = {ask(browser, *op, world.rows).status_code for op in operations()}

    assert by_key == {401}
    assert by_session <= {401, 403}
    assert ApiKey.objects.filter(user=person).exists()


# Pages


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
    "incidents": "incidents",
    "services": "services",
    "integrations": "integrations",
    "maintenance": "maintenance-windows",
    "inbound-log": "inbound-messages",
    "schedules": "schedules",
    "overrides": "overrides",
    "absences": "absences",
}
OWN = {
    "rules": "notification-rules",
    "keys": "api-keys",
    "contact-methods": "contact-methods",
    "chat": "chat-identities",
}


def path_of(pattern, rows):
    first, _, rest = pattern.partition("/")
    kind = OWN.get(rest.partition("/")[0]) if first == "me" else LIST_OF.get(first)
    kind = "heartbeats" if "/heartbeat/" in pattern else kind
    path = pattern.replace("<int:pk>", str(rows[kind].pk) if kind else "1")
    path = path.replace("<slug:template>", "odown").replace("<slug:channel>", "email")
    path = re.sub(r"<str:token>", "x", path)
    return "/" + re.sub(r"<\w+:\w+>", "odown", path)


def is_open(answer):
    """Whether the page lets in; the log-in, and what only the other method does, do not."""
    return answer.status_code not in (*REFUSED, 405) and not answer.get("Location", "").startswith(
        LOGIN
    )


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


# The admin


def admin_pages(rows):
    """Each address of the admin of each model, by its name, with a row where it wants one."""
    by_model = {type(row): row for row in rows.values()}
    for model, model_admin in sorted(admin.site._registry.items(), key=lambda m: m[0]._meta.label):
        row = by_model.get(model) or model.objects.first()
        base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        for entry in model_admin.get_urls():
            if entry.name:
                pattern = str(entry.pattern)
                if "<" not in pattern or row:
                    yield entry.name, base + re.sub(r"<[^>]+>", str(row and row.pk), pattern)


def test_of_the_admin(world):
    browsers = {letter: Client() for letter in ROLES}
    for letter, person in world.people.items():
        browsers[letter].force_login(person)
    found = {}
    for name, path in admin_pages(world.rows):
        answers = {
            letter: undone(lambda: browser.get(path))  # noqa: B023
            for letter, browser in browsers.items()
        }
        looks = "".join(k for k, answer in answers.items() if answer.status_code == 200)
        if looks:  # What nobody opens leads elsewhere, or does not exist.
            found[f"look {name}"] = looks
        saves = "".join(k for k, a in answers.items() if b'name="_save"' in a.content)
        if saves:
            found[f"save {name}"] = saves

    assert found == expected("Admin")
    assert django_settings.LOGIN_URL == "admin:login"
