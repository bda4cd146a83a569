"""A workspace with our app in it, and people who use it."""

import json
import time
from urllib.parse import urlencode

from notifications.models import Provider
from notifications.providers import _slack
from tests.factories import make_method
from tests.notifications.fake_slack import SECRET, TOKEN, FakeSlack, signed
from tests.pages import make_person
from tests.tasks import run_tasks

CONFIG = {"bot_token": TOKEN, "signing_secret": SECRET, "client_id": "", "client_secret": ""}


def make_slacker(slack_id="U42", role="Owner", **fields):
    """Somebody with a verified Slack ID."""
    person = make_person(role, **fields)
    make_method(person, "slack", {"to": slack_id})
    return person


class Workspace(FakeSlack):
    def __init__(self, client, monkeypatch):
        super().__init__()
        self.client, self.triggers = client, 0
        monkeypatch.setattr(_slack, "API", self.api)
        monkeypatch.setattr(_slack, "RESPONSE_URLS", (self.response_url,))
        self.provider = Provider.objects.create(
            channel="slack", kind="slack", name="Acme", config=CONFIG
        )

    @property
    def response_url(self):
        return f"{self.api.removesuffix('api')}answers/"

    def post(self, body, kind="application/x-www-form-urlencoded"):
        """What is answered to a signed request, as JSON; {} for an empty answer."""
        path = f"/callbacks/{self.provider.token}/"
        headers = signed(body, time.time())
        answer = self.client.post(path, data=body, content_type=kind, headers=headers)
        assert answer.status_code == 200, answer.content
        run_tasks()
        return json.loads(answer.content) if answer.content else {}

    def next_trigger(self):
        self.triggers += 1
        return f"{self.triggers}.2"

    def says(self, text, user="U42", trigger=""):
        """What ``/opsportal <text>`` is answered."""
        form = {
            "command": "/opsportal",
            "text": text,
            "user_id": user,
            "team_id": "T1",
            "trigger_id": trigger or self.next_trigger(),
            "response_url": self.response_url,
        }
        found = self.post(urlencode(form))
        assert found.pop("response_type") == "ephemeral"
        return found

    def interact(self, kind, user="U42", **fields):
        payload = {"type": kind, "user": {"id": user, "team_id": "T1"}, **fields}
        return self.post(urlencode({"payload": json.dumps(payload)}))

    def choose(self, dialog, incident, user="U42", **fields):
        """Somebody chooses an entry of the menu of a message about an incident."""
        value = f"{incident.pk}.{incident.paging_round}.{dialog}"
        action = {"type": "overflow", "action_id": "more", "selected_option": {"value": value}}
        fields.setdefault("trigger_id", self.next_trigger())
        return self.interact(
            "block_actions", user, actions=[action], response_url=self.response_url, **fields
        )

    def submit(self, by="U42", view=None, view_id="V1", **filled_in):
        """Somebody fills in the dialog that was opened last."""
        view = view or self.views[-1]
        state = {name: {name: value} for name, value in filled_in.items()}
        known = {"id": view_id, "state": {"values": state}}
        kept = {name: view[name] for name in ("callback_id", "private_metadata")}
        return self.interact("view_submission", by, view=known | kept)

    def event(self, event, event_id="Ev1"):
        body = {"type": "event_callback", "event": event, "event_id": event_id, "team_id": "T1"}
        return self.post(json.dumps(body), "application/json")

    @property
    def told(self):
        """The texts that were sent to a response URL."""
        return [json.loads(body)["text"] for path, _, body in self.requests if "answers" in path]


def typed(text):
    return {"type": "plain_text_input", "value": text}


def chosen(value):
    return {"type": "external_select", "selected_option": {"value": str(value)}}
