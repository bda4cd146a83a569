"""Jira Cloud, by its API of version 3."""

from collections.abc import Mapping
from typing import Any

from django import forms

from notifications.channels._base import Config, WebAddressField
from notifications.outbound.systems._jira import JiraForm, JiraSystem
from notifications.providers._http import basic


class System(JiraSystem):
    """Issues in Jira Cloud, with their status both ways."""

    label = "Jira Cloud"
    version = "3"
    search_path = "search/jql"
    example = {
        "base_url": "https://team.atlassian.net",
        "email": "opsportal@example.com",
        "token": "ATATT3xFfGF0",
        "project": "OPS",
        "issue_type": "Task",
        "open_status": "",
        "progress_status": "",
        "done_status": "",
        "api_url": "",
        "webhook_secret": "a-secret-of-jira",
    }
    steps = (
        "Make an account in Jira for the portal alone, which may create and move issues of the "
        "project: what it does there is not taken as news.",
        "As that account, create an API token at id.atlassian.com, Security, API tokens.",
        "Enter the address, the account and its token here, save, and choose Check.",
        "In Jira, Settings, System, WebHooks: create one with the address that the saved form "
        "shows, and a secret, which you enter here as well.",
        "Choose there: Issue updated, and Comment created if comments are to come here.",
        "Choose below what a ticket that changes does to its incident.",
    )

    class Form(JiraForm):
        email = forms.EmailField(help_text="Of the account whose token it is.")
        api_url = WebAddressField(
            required=False,
            label="API URL",
            help_text="Only for a token with scopes: https://api.atlassian.com/ex/jira/<cloud id>.",
        )
        field_order = ["base_url", "email", "token", "project", "issue_type"]

    def headers(self, config: Config) -> dict[str, str]:
        return basic(config["email"], config["token"])

    def document(self, text: str) -> Any:
        """The text in Atlassian's document format, a paragraph for each part."""
        parts = [part for part in text.split("\n\n") if part.strip()]
        return {"type": "doc", "version": 1, "content": [_paragraph(part) for part in parts]}

    def account_id(self, person: Mapping[str, Any]) -> str:
        return str(person.get("accountId") or "")


def _paragraph(text: str) -> dict[str, Any]:
    content: list[dict[str, Any]] = []
    for line in text.strip().split("\n"):
        if content:
            content.append({"type": "hardBreak"})
        if line:
            content.append({"type": "text", "text": line})
    return {"type": "paragraph", "content": content}
