"""GitHub issues.

https://docs.github.com/en/rest/issues/issues
"""

import json
from typing import Any

from django import forms

from notifications.channels._base import Config, WebAddressField
from notifications.choices import TicketState
from notifications.message.incident_summary import one_line
from notifications.outbound.client import Client, object_of
from notifications.outbound.moments import moment_of
from notifications.outbound.signed import require_hmac
from notifications.outbound.system import BaseSystem
from notifications.outbound.tickets import Created, Draft, News
from notifications.providers._http import header
from notifications.receipts import Callback
from opsportal.lib.net.errors import DeliveryError

API = "https://api.github.com"
VERSION = "2022-11-28"
MAX_TITLE = 256
STATES = {"closed": TicketState.DONE, "reopened": TicketState.OPEN}


class System(BaseSystem):
    """Issues of a repository on GitHub: opened, closed and reopened, both ways."""

    label = "GitHub issues"
    has_progress = False
    example = {
        "repository": "example/ops",
        "token": "github_pat_11AAAA",
        "labels": "incident",
        "api_url": "",
        "webhook_secret": "a-secret-of-github",
    }
    steps = (
        "Make a machine user on GitHub, or use a GitHub App: what it does is not taken as news.",
        "Create a fine-grained token of it for the repository, with Issues: read and write.",
        "Enter the repository and the token here, save, and choose Check.",
        "In the repository, Settings, Webhooks: add the address that the saved form shows, with "
        "the content type application/json, and a secret, which you enter here as well.",
        "Choose there the events Issues, and Issue comments if comments are to come here.",
        "Choose below what a ticket that changes does to its incident.",
    )

    class Form(forms.Form):
        repository = forms.RegexField(
            r"^[\w.-]+/[\w.-]+$", max_length=200, help_text="As owner/name, such as example/ops."
        )
        token = forms.CharField(
            max_length=400, widget=forms.PasswordInput, help_text="It may read and write issues."
        )
        labels = forms.CharField(
            required=False, max_length=200, help_text="Of new issues, separated by commas."
        )
        api_url = WebAddressField(
            required=False,
            label="API URL",
            help_text="Only for an Enterprise Server: https://github.example/api/v3.",
        )
        webhook_secret = forms.CharField(
            required=False,
            max_length=400,
            widget=forms.PasswordInput,
            help_text="Signs what GitHub sends here. Without it nothing is taken from there.",
        )

    def ask(self, client: Client, config: Config, method: str, path: str, body: Any = None) -> Any:
        client.headers = {
            "Authorization": f"Bearer {config['token']}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": VERSION,
        }
        base = str(config.get("api_url") or API).rstrip("/")
        return client.ask(method, f"{base}/{path}", json=body)

    def issues(self, config: Config, rest: str = "") -> str:
        return f"repos/{config['repository']}/issues{rest}"

    def account(self, client: Client, config: Config) -> str:
        return str(self.ask(client, config, "GET", "user").get("id") or "")

    def check(self, client: Client, config: Config) -> str:
        found = self.ask(client, config, "GET", f"repos/{config['repository']}")
        if found.get("has_issues") is False:
            raise DeliveryError("The repository has its issues switched off.", permanent=True)
        return f"It works, in the repository {found.get('full_name')}."

    def create(self, client: Client, config: Config, draft: Draft) -> Created:
        labels = [one.strip() for one in str(config.get("labels") or "").split(",")]
        body: dict[str, Any] = {"title": one_line(draft.title, MAX_TITLE), "body": draft.text}
        if any(labels):
            body["labels"] = [label for label in labels if label]
        return _created(self.ask(client, config, "POST", self.issues(config), body))

    def find(self, client: Client, config: Config, draft: Draft) -> Created | None:
        newest = "?state=all&sort=created&direction=desc&per_page=100"
        rows = self.ask(client, config, "GET", self.issues(config, newest))
        found = (row for row in rows if draft.marker in str(row.get("body") or ""))
        issue = next(found, None)
        return _created(issue) if issue else None

    def set_state(
        self, client: Client, config: Config, external_id: str, state: TicketState
    ) -> str:
        body = {"state": "open"}
        if state == TicketState.DONE:
            body = {"state": "closed", "state_reason": "completed"}
        found = self.ask(client, config, "PATCH", self.issues(config, f"/{external_id}"), body)
        return str(found.get("state") or body["state"])

    def comment(self, client: Client, config: Config, external_id: str, text: str) -> None:
        path = self.issues(config, f"/{external_id}/comments")
        self.ask(client, config, "POST", path, {"body": text})

    def read_webhook(self, config: Config, callback: Callback) -> tuple[News, ...]:
        require_hmac(config, callback, "X-Hub-Signature-256")
        body = json.loads(callback.body)
        event, action = header(callback, "X-GitHub-Event"), str(body.get("action") or "")
        repository = str(object_of(body, "repository").get("full_name") or "")
        is_comment = event == "issue_comment" and action == "created"
        is_state = event == "issues" and action in STATES
        if repository.lower() != str(config["repository"]).lower() or not (is_comment or is_state):
            return ()
        issue, sender = object_of(body, "issue"), object_of(body, "sender")
        news = News(
            external_id=str(issue.get("number") or ""),
            event_id=header(callback, "X-GitHub-Delivery"),
            state=STATES[action] if is_state else None,
            status=str(issue.get("state") or "") if is_state else "",
            comment=str(object_of(body, "comment").get("body") or "") if is_comment else "",
            author=str(sender.get("login") or ""),
            author_id=str(sender.get("id") or ""),
            at=moment_of(issue.get("updated_at")),
        )
        return (news,)


def _created(issue: Any) -> Created:
    number = str(object_of(issue).get("number") or "")
    if not number:
        raise DeliveryError("GitHub named no number of the issue.", ambiguous=True)
    return Created(external_id=number, key=f"#{number}", url=str(issue.get("html_url") or ""))
