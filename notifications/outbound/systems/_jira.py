"""Jira's REST API, in what Cloud and Data Center share.

https://developer.atlassian.com/cloud/jira/platform/rest/v3/
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, ClassVar

from django import forms

from notifications.channels._base import Config, WebAddressField
from notifications.choices import TicketState
from notifications.errors import CallbackRefused
from notifications.message.incident_summary import one_line
from notifications.outbound.client import Client, object_of
from notifications.outbound.signed import require_hmac
from notifications.outbound.system import BaseSystem
from notifications.outbound.tickets import Created, Draft, News
from notifications.providers._http import header
from notifications.receipts import Callback
from opsportal.lib.net.errors import DeliveryError

MAX_SUMMARY = 255
LABEL = "opsportal"
CATEGORIES = {
    "new": TicketState.OPEN,
    "indeterminate": TicketState.IN_PROGRESS,
    "done": TicketState.DONE,
}
CATEGORY_OF = {state: key for key, state in CATEGORIES.items()}
STATUS_FIELDS = {
    TicketState.OPEN: "open_status",
    TicketState.IN_PROGRESS: "progress_status",
    TicketState.DONE: "done_status",
}
STATUS_HELP = "The name of the status or transition; empty: the first that leads there."


class JiraForm(forms.Form):
    """What both kinds of Jira ask for."""

    base_url = WebAddressField(label="URL", help_text="Such as https://team.atlassian.net.")
    token = forms.CharField(
        max_length=4000, widget=forms.PasswordInput, help_text="Of an account for the portal alone."
    )
    project = forms.CharField(max_length=50, help_text="The key of the project, such as OPS.")
    issue_type = forms.CharField(
        max_length=100, initial="Task", help_text="Its name, such as Task or Bug."
    )
    open_status = forms.CharField(
        required=False, max_length=100, label="Status of open ones", help_text=STATUS_HELP
    )
    progress_status = forms.CharField(
        required=False, max_length=100, label="Status of acknowledged ones", help_text=STATUS_HELP
    )
    done_status = forms.CharField(
        required=False, max_length=100, label="Status of resolved ones", help_text=STATUS_HELP
    )
    webhook_secret = forms.CharField(
        required=False,
        max_length=400,
        widget=forms.PasswordInput,
        help_text="Signs what Jira sends here. Without it nothing is taken from Jira.",
    )


class JiraSystem(BaseSystem):
    """What both kinds of Jira do alike."""

    version: ClassVar[str]
    search_path: ClassVar[str]

    def headers(self, config: Config) -> dict[str, str]:
        """The header by which a request is authenticated."""
        raise NotImplementedError

    def document(self, text: str) -> Any:
        """A text as a description or comment of this Jira is written."""
        raise NotImplementedError

    def account_id(self, person: Mapping[str, Any]) -> str:
        """Of a person of Jira: the id that requests and webhooks name alike."""
        raise NotImplementedError

    def url(self, config: Config, path: str) -> str:
        base = str(config.get("api_url") or config["base_url"]).rstrip("/")
        return f"{base}/rest/api/{self.version}/{path}"

    def ask(self, client: Client, config: Config, method: str, path: str, body: Any = None) -> Any:
        client.headers = self.headers(config)
        return client.ask(method, self.url(config, path), json=body)

    def account(self, client: Client, config: Config) -> str:
        return self.account_id(self.ask(client, config, "GET", "myself"))

    def check(self, client: Client, config: Config) -> str:
        me = self.ask(client, config, "GET", "myself")
        project = self.ask(client, config, "GET", f"project/{config['project']}")
        return f"It works as {me.get('displayName')}, in the project {project.get('name')}."

    def create(self, client: Client, config: Config, draft: Draft) -> Created:
        fields = {
            "project": {"key": config["project"]},
            "issuetype": {"name": config["issue_type"]},
            "summary": one_line(draft.title, MAX_SUMMARY),
            "description": self.document(draft.text),
            "labels": [LABEL, draft.marker],
        }
        found = self.ask(client, config, "POST", "issue", {"fields": fields})
        created = self._created(config, found)
        link = {
            "globalId": f"opsportal={draft.marker}",
            "object": {"url": draft.url, "title": f"Incident #{draft.number}"},
        }
        with suppress(DeliveryError):  # The address is in the description as well.
            self.ask(client, config, "POST", f"issue/{created.key}/remotelink", link)
        return created

    def find(self, client: Client, config: Config, draft: Draft) -> Created | None:
        wanted = {
            "jql": f'labels = "{draft.marker}"',
            "fields": ["status"],
            "maxResults": 1,
        }
        issues = self.ask(client, config, "POST", self.search_path, wanted).get("issues")
        return self._created(config, issues[0]) if issues else None

    def _created(self, config: Config, issue: Mapping[str, Any]) -> Created:
        key = str(issue.get("key") or "")
        if not key:
            raise DeliveryError("Jira named no key of the issue.", ambiguous=True)
        url = f"{str(config['base_url']).rstrip('/')}/browse/{key}"
        return Created(external_id=str(issue.get("id") or key), key=key, url=url)

    def set_state(
        self, client: Client, config: Config, external_id: str, state: TicketState
    ) -> str:
        issue = self.ask(client, config, "GET", f"issue/{external_id}?fields=status")
        status = object_of(issue, "fields", "status")
        wanted = str(config.get(STATUS_FIELDS[state]) or "")
        if _is_there(status, state, wanted):
            return str(status.get("name") or "")
        found = self.ask(client, config, "GET", f"issue/{external_id}/transitions")
        transition = _chosen(found.get("transitions") or [], state, wanted)
        body = {"transition": {"id": transition["id"]}}
        self.ask(client, config, "POST", f"issue/{external_id}/transitions", body)
        return str(object_of(transition, "to").get("name") or transition.get("name") or "")

    def comment(self, client: Client, config: Config, external_id: str, text: str) -> None:
        body = {"body": self.document(text)}
        self.ask(client, config, "POST", f"issue/{external_id}/comment", body)

    def read_webhook(self, config: Config, callback: Callback) -> tuple[News, ...]:
        require_hmac(config, callback, "X-Hub-Signature")
        body = json.loads(callback.body)
        issue, comment = object_of(body, "issue"), object_of(body, "comment")
        event = str(body.get("webhookEvent") or "")
        person = object_of(comment, "author") or object_of(body, "user")
        is_comment = event == "comment_created"
        status = object_of(issue, "fields", "status")
        if not is_comment and not _changes_status(body):
            return ()
        if not issue.get("id"):
            raise CallbackRefused("It names no issue.")
        news = News(
            external_id=str(issue["id"]),
            event_id=header(callback, "X-Atlassian-Webhook-Identifier"),
            state=None if is_comment else CATEGORIES.get(_category(status)),
            status="" if is_comment else str(status.get("name") or ""),
            comment=_text(comment.get("body")) if is_comment else "",
            author=str(person.get("displayName") or ""),
            author_id=self.account_id(person),
            at=_moment(body.get("timestamp")),
        )
        return (news,)


def _text(body: Any) -> str:
    return body if isinstance(body, str) else ""


def _category(status: Mapping[str, Any]) -> str:
    return str(object_of(status, "statusCategory").get("key") or "")


def _is_there(status: Mapping[str, Any], state: TicketState, wanted: str) -> bool:
    """Whether a status is the one that is named, or of that kind where none is."""
    if wanted:
        return str(status.get("name") or "").lower() == wanted.lower()
    return CATEGORIES.get(_category(status)) == state


def _chosen(transitions: list[dict[str, Any]], state: TicketState, wanted: str) -> dict[str, Any]:
    """The transition to a state. Raises DeliveryError, which names those that there are."""
    for one in transitions:
        names = {str(one.get("name")).lower(), str(object_of(one, "to").get("name")).lower()}
        leads = object_of(one, "to", "statusCategory").get("key") == CATEGORY_OF[state]
        if wanted.lower() in names if wanted else leads:
            return one
    offered = ", ".join(f"“{one.get('name')}”" for one in transitions) or "none"
    sentence = f"No transition leads to “{wanted or state.label}”. From here there are: {offered}."
    raise DeliveryError(sentence, permanent=True)


def _changes_status(body: Mapping[str, Any]) -> bool:
    items = object_of(body, "changelog").get("items")
    rows = items if isinstance(items, list) else []
    return any(isinstance(one, dict) and one.get("field") == "status" for one in rows)


def _moment(milliseconds: Any) -> datetime | None:
    if not isinstance(milliseconds, int):
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
