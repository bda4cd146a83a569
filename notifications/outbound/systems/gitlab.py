"""GitLab issues.

https://docs.gitlab.com/api/issues/
"""

import json
from typing import Any
from urllib.parse import quote

from django import forms

from notifications.channels._base import Config, WebAddressField
from notifications.choices import TicketState
from notifications.message.incident_summary import one_line
from notifications.outbound.client import Client, object_of
from notifications.outbound.moments import moment_of
from notifications.outbound.signed import require_token
from notifications.outbound.system import BaseSystem
from notifications.outbound.tickets import Created, Draft, News
from notifications.providers._http import header
from notifications.receipts import Callback
from opsportal.lib.net.errors import DeliveryError

MAX_TITLE = 255
STATES = {"close": TicketState.DONE, "reopen": TicketState.OPEN}
EVENTS = {TicketState.DONE: "close", TicketState.OPEN: "reopen", TicketState.IN_PROGRESS: "reopen"}


class System(BaseSystem):
    """Issues of a project on GitLab: opened, closed and reopened, both ways."""

    label = "GitLab issues"
    has_progress = False
    example = {
        "base_url": "https://gitlab.com",
        "project": "example/ops",
        "token": "glpat-AAAA",
        "labels": "incident",
        "webhook_secret": "a-secret-of-gitlab",
    }
    steps = (
        "In the project, Settings, Access tokens: create a token with the role Reporter and the "
        "scope api. What it does there is not taken as news.",
        "Enter the address, the project and the token here, save, and choose Check.",
        "In the project, Settings, Webhooks: add the address that the saved form shows, with a "
        "secret token, which you enter here as well.",
        "Choose there: Issues events, and Comments if comments are to come here.",
        "Choose below what a ticket that changes does to its incident.",
    )

    class Form(forms.Form):
        base_url = WebAddressField(
            label="URL", initial="https://gitlab.com", help_text="Of GitLab, without the project."
        )
        project = forms.CharField(max_length=200, help_text="Its path, such as example/ops.")
        token = forms.CharField(
            max_length=400, widget=forms.PasswordInput, help_text="It has the scope api."
        )
        labels = forms.CharField(
            required=False, max_length=200, help_text="Of new issues, separated by commas."
        )
        webhook_secret = forms.CharField(
            required=False,
            max_length=400,
            widget=forms.PasswordInput,
            label="Secret token of the webhook",
            help_text="GitLab sends it along. Without it nothing is taken from there.",
        )

    def ask(self, client: Client, config: Config, method: str, path: str, body: Any = None) -> Any:
        client.headers = {"PRIVATE-TOKEN": str(config["token"])}
        base = str(config["base_url"]).rstrip("/")
        return client.ask(method, f"{base}/api/v4/{path}", json=body)

    def project(self, config: Config, rest: str = "") -> str:
        return f"projects/{quote(str(config['project']), safe='')}{rest}"

    def account(self, client: Client, config: Config) -> str:
        return str(self.ask(client, config, "GET", "user").get("id") or "")

    def check(self, client: Client, config: Config) -> str:
        found = self.ask(client, config, "GET", self.project(config))
        return f"It works, in the project {found.get('path_with_namespace')}."

    def create(self, client: Client, config: Config, draft: Draft) -> Created:
        body = {"title": one_line(draft.title, MAX_TITLE), "description": draft.text}
        if labels := str(config.get("labels") or ""):
            body["labels"] = labels
        return _created(self.ask(client, config, "POST", self.project(config, "/issues"), body))

    def find(self, client: Client, config: Config, draft: Draft) -> Created | None:
        newest = "/issues?scope=all&state=all&order_by=created_at&sort=desc&per_page=100"
        rows = self.ask(client, config, "GET", self.project(config, newest))
        found = (row for row in rows if draft.marker in str(row.get("description") or ""))
        issue = next(found, None)
        return _created(issue) if issue else None

    def set_state(
        self, client: Client, config: Config, external_id: str, state: TicketState
    ) -> str:
        path = self.project(config, f"/issues/{external_id}")
        found = self.ask(client, config, "PUT", path, {"state_event": EVENTS[state]})
        return str(found.get("state") or "")

    def comment(self, client: Client, config: Config, external_id: str, text: str) -> None:
        path = self.project(config, f"/issues/{external_id}/notes")
        self.ask(client, config, "POST", path, {"body": text})

    def read_webhook(self, config: Config, callback: Callback) -> tuple[News, ...]:
        require_token(config, callback, "X-Gitlab-Token")
        body = json.loads(callback.body)
        project, attributes = object_of(body, "project"), object_of(body, "object_attributes")
        if str(config["project"]).lower() not in (
            str(project.get("path_with_namespace") or "").lower(),
            str(project.get("id") or ""),
        ):
            return ()
        kind, action = body.get("object_kind"), str(attributes.get("action") or "")
        is_comment = kind == "note" and attributes.get("noteable_type") == "Issue"
        is_state = kind == "issue" and action in STATES
        if not (is_comment or is_state):
            return ()
        issue, user = (
            object_of(body, "issue") if is_comment else attributes,
            object_of(body, "user"),
        )
        news = News(
            external_id=str(issue.get("iid") or ""),
            event_id=header(callback, "Idempotency-Key") or header(callback, "X-Gitlab-Event-UUID"),
            state=STATES[action] if is_state else None,
            status=str(attributes.get("state") or "") if is_state else "",
            comment=str(attributes.get("note") or "") if is_comment else "",
            author=str(user.get("name") or user.get("username") or ""),
            author_id=str(user.get("id") or ""),
            at=moment_of(attributes.get("updated_at")),
        )
        return (news,)


def _created(issue: Any) -> Created:
    number = str(object_of(issue).get("iid") or "")
    if not number:
        raise DeliveryError("GitLab named no number of the issue.", ambiguous=True)
    return Created(external_id=number, key=f"#{number}", url=str(issue.get("web_url") or ""))
