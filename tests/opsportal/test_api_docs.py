import re
import shlex
from pathlib import Path

import pytest
from rest_framework.test import APIClient

from escalation.models import Schedule
from incidents.actions.api_keys import SCOPES
from incidents.models import Incident, Service
from integrations.models import InboundMessage, Integration
from tests.api import make_key, make_person
from tests.factories import make_integration
from tests.integrations.posting import work

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "api.md").read_text()
SENDING = (DOCS / "sending.md").read_text()


def section(page, title):
    return page.split(f"\n## {title}\n")[1].split("\n## ")[0]


def commands(page):
    for block in re.findall(r"```sh\n(.*?)```", page, re.DOTALL):
        yield from re.split(r"\n(?=curl )", block.replace("\\\n", " ").strip())


def run(client, command, values):
    """What curl would do."""
    words = shlex.split(re.sub(r"\$([A-Z]+)", lambda name: str(values[name[1]]()), command))
    method, body, headers, url = None, None, {}, None
    assert words.pop(0) == "curl"
    while words:
        match words.pop(0):
            case "-H":
                name, _, value = words.pop(0).partition(": ")
                headers[name] = value
            case "-X":
                method = words.pop(0)
            case "-d":
                body = words.pop(0)
            case url:
                pass
    method = method or ("POST" if body else "GET")
    kind = headers.pop("Content-Type", "application/x-www-form-urlencoded")
    return client.generic(method, url, body or "", content_type=kind, headers=headers)


def _earlier():
    """The newest real incident but one."""
    return Incident.objects.unresolved().filter(is_test=False).order_by("-pk")[1]


@pytest.mark.django_db
def test_every_example_works_in_the_order_of_the_page():
    key = make_key(make_person("Owner"))
    values = {
        "PORTAL": lambda: "",
        "KEY": lambda: key,
        "SCHEDULE": lambda: Schedule.objects.latest("pk").pk,
        "INTEGRATION": lambda: Integration.objects.latest("pk").pk,
        "SERVICE": lambda: Service.objects.latest("pk").pk,
        "EARLIER": lambda: _earlier().pk,
        "INCIDENT": lambda: Incident.objects.latest("pk").pk,
        "MESSAGE": lambda: InboundMessage.objects.latest("pk").pk,
    }

    answers = [(command, run(APIClient(), command, values)) for command in commands(PAGE)]

    assert len(answers) > 20
    assert [(c, a.content) for c, a in answers if a.status_code not in (200, 201)] == []


@pytest.mark.django_db
def test_the_events_of_the_page_do_what_it_says():
    key = make_integration("events-api-v2").token
    values = {"PORTAL": lambda: "", "KEY": lambda: key}

    page = section(SENDING, "Your own events")
    answers = [run(APIClient(), command, values).json() for command in commands(page)]

    done = [answer["result"]["action"] for answer in answers]
    assert done == ["triggered", "acknowledged", "resolved"]


@pytest.mark.django_db
def test_the_messages_for_other_pagers_open_as_the_page_says():
    slugs = {
        "ONCALL": "oncall-formatted-webhook",
        "PROMETHEUS": "prometheus-server",
        "GOALERT": "goalert",
        "VICTOROPS": "victorops",
        "SLACK": "slack-webhook",
    }
    keys = {name: make_integration(slug).token for name, slug in slugs.items()}
    values = {name: lambda key=key: key for name, key in keys.items()} | {"PORTAL": lambda: ""}

    page = section(SENDING, "From another pager")
    answers = [run(APIClient(), command, values) for command in commands(page)]
    work()

    told = [(answer.status_code, answer.content) for answer in answers]
    assert told == [
        (200, b'"Ok."'),
        (200, b""),
        (200, b"[]"),
        (204, b""),
        (200, b'{"result": "success", "entity_id": "disk-web-1"}'),
        (200, b"ok"),
    ]
    titles = Incident.objects.values_list("title", flat=True)
    assert list(titles) == ["Disk of web-1 is full"] * 5


def test_every_scope_is_explained():
    assert [scope for scope in SCOPES if f"| `{scope}` |" not in PAGE] == []
