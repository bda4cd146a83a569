"""Jira Data Center, by its API of version 2."""

from collections.abc import Mapping
from typing import Any

from notifications.channels._base import Config
from notifications.outbound.systems._jira import JiraForm, JiraSystem


class System(JiraSystem):
    """Issues in a Jira of one's own, with their status both ways."""

    label = "Jira Data Center"
    version = "2"
    search_path = "search"
    example = {
        "base_url": "https://jira.example",
        "token": "NjM5ODc2NTQzMjEw",
        "project": "OPS",
        "issue_type": "Task",
        "open_status": "",
        "progress_status": "",
        "done_status": "",
        "webhook_secret": "a-secret-of-jira",
    }
    steps = (
        "Make an account in Jira for the portal alone, which may create and move issues of the "
        "project: what it does there is not taken as news.",
        "As that account, create a token: Profile, Personal Access Tokens.",
        "Enter the address and the token here, save, and choose Check.",
        "In Jira, Administration, System, WebHooks: create one with the address that the saved "
        "form shows, and a secret, which you enter here as well.",
        "Choose there: Issue updated, and Comment created if comments are to come here.",
        "Choose below what a ticket that changes does to its incident.",
    )

    class Form(JiraForm):
        pass

    def headers(self, config: Config) -> dict[str, str]:
        return {"Authorization": f"Bearer {config['token']}"}

    def document(self, text: str) -> Any:
        return text

    def account_id(self, person: Mapping[str, Any]) -> str:
        return str(person.get("key") or person.get("name") or "")
