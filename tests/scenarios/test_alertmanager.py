"""The promise of the README, with a real Alertmanager and a real SMTP server."""

import json
import re
import subprocess
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest
import requests
from aiosmtpd.controller import Controller

from tests.monitoring import ALERTMANAGER, until
from tests.portal import free_port

QUIET_S = 15  # Time enough to acknowledge before the next step.

pytestmark = [
    pytest.mark.alertmanager,
    pytest.mark.usefixtures("local_network"),
    pytest.mark.needs("prometheus-alertmanager"),
]


class Mailbox:
    """Keeps every mail that an SMTP server takes."""

    def __init__(self):
        self.mails = []

    async def handle_DATA(self, server, session, envelope):
        mail = message_from_bytes(envelope.content, policy=policy.default)
        self.mails.append((envelope.rcpt_tos[0], mail, time.monotonic()))
        return "250 OK"

    def to(self, address, word=""):
        return [m for to, m, _ in self.mails if to == address and word in m["Subject"]]


@pytest.fixture
def mailbox():
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    box.port = controller.port
    yield box
    controller.stop()


@pytest.fixture
def alertmanager(tmp_path):
    """Starts a real Alertmanager that posts to a URL, and fires or ends alerts in it."""
    running = []

    def start(url):
        port = free_port()
        config = {
            "route": {
                "receiver": "portal",
                "group_wait": "100ms",
                "group_interval": "1s",
                "repeat_interval": "1h",
                "group_by": ["..."],
            },
            "receivers": [{"name": "portal", "webhook_configs": [{"url": url}]}],
        }
        (tmp_path / "am.yml").write_text(json.dumps(config))
        process = subprocess.Popen(
            [
                ALERTMANAGER,
                f"--config.file={tmp_path / 'am.yml'}",
                f"--storage.path={tmp_path / 'am'}",
                f"--web.listen-address=127.0.0.1:{port}",
                "--cluster.listen-address=",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        running.append(process)
        address = f"http://127.0.0.1:{port}"
        until(lambda: _answers(f"{address}/-/ready"))

        def post(ends_at=None):
            alert = {
                "labels": {"alertname": "DiskFull", "severity": "critical", "host": "db1"},
                "annotations": {"summary": "Disk of db1 is full"},
                "startsAt": datetime.now(UTC).isoformat(),
            }
            if ends_at:
                alert["endsAt"] = ends_at.isoformat()
                alert["startsAt"] = (ends_at - timedelta(minutes=1)).isoformat()
            requests.post(f"{address}/api/v2/alerts", json=[alert], timeout=30).raise_for_status()

        return post

    yield start
    for process in running:
        process.terminate()
        process.wait(60)


def _answers(url):
    try:
        return urllib.request.urlopen(url, timeout=10).status == 200
    except OSError:
        return False


class Api:
    """The REST API, as a script uses it."""

    def __init__(self, portal):
        key = portal.manage(
            "apikey", "create", "--user", "admin@example.com", "--scopes", "all"
        ).split()[-1]
        self.base = f"{portal.url}/api/v1"
        self.headers = {"Authorization": f"Bearer {key}"}

    def post(self, path, **body):
        answer = requests.post(f"{self.base}/{path}/", json=body, headers=self.headers, timeout=30)
        assert answer.ok, answer.text
        return answer.json()

    def get(self, path):
        answer = requests.get(f"{self.base}/{path}/", headers=self.headers, timeout=30)
        assert answer.ok, answer.text
        return answer.json()


def test_from_alertmanager_to_a_person_who_acknowledges_by_mail(
    start_portal, mailbox, alertmanager
):
    portal = start_portal(EMAIL_HOST="127.0.0.1", EMAIL_PORT=mailbox.port)
    api = Api(portal)
    first, second = "first@example.net", "second@example.net"
    for email in (first, second):
        api.post("users", email=email, name=email.partition("@")[0].capitalize())
    steps = [
        {"wait_seconds": 0, "targets": [{"kind": "user", "user": first}]},
        {"wait_seconds": 3, "targets": [{"kind": "user", "user": second}]},
        {"wait_seconds": QUIET_S, "targets": [{"kind": "user", "user": first}]},
    ]
    policy = api.post("policies", name="One after the other", steps=steps)
    service = api.post("services", name="Databases")
    integration = api.post(
        "integrations",
        template="alertmanager",
        name="Alerts",
        service=service["id"],
        policy=policy["id"],
    )
    fire = alertmanager(integration["url"])

    fire()
    mail = until(lambda: mailbox.to(first, "Disk of db1 is full"))[0]
    until(lambda: mailbox.to(second, "Disk of db1 is full"))
    link = re.search(r"http\S+/a/\S+/", mail.get_body(("plain",)).get_content())[0]
    page = requests.get(link, timeout=30)
    [incident] = [i for i in api.get("incidents")["results"] if "db1" in i["title"]]
    assert incident["status"] == "open", "reading the page must change nothing"
    assert page.ok
    answer = requests.post(link, timeout=30)
    told = len(mailbox.to(first)), len(mailbox.to(second))  # The demo's people have mails too.
    time.sleep(QUIET_S + 1)

    assert answer.ok
    assert (len(mailbox.to(first)), len(mailbox.to(second))) == told, "acknowledged means quiet"
    incident = api.get(f"incidents/{incident['id']}")
    assert incident["status"] == "acknowledged"
    assert [e["verb"] for e in incident["timeline"]] == [
        "opened",
        "paged",
        "paged",
        "acknowledged",
    ]

    fire(ends_at=datetime.now(UTC))
    until(lambda: api.get(f"incidents/{incident['id']}")["status"] == "resolved")
    over = until(lambda: mailbox.to(second, "Resolved"))[0]
    assert incident["title"] in over["Subject"]
    assert over["References"] == mail["References"] or mail["References"] in over["References"]
