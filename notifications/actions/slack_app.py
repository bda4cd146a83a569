"""What the app of a Slack workspace is asked to do beside sending messages."""

from collections.abc import Mapping, Sequence
from typing import Any

from django_q.tasks import async_task

from notifications.provider_accounts import ProviderAccount
from notifications.providers import _slack, _slack_app
from notifications.providers._slack_app import SlackGroup
from notifications.receipts import ChatRequest, Reply
from opsportal.lib.task_queues import SENDERS

TELL = "notifications.tasks.tell"
CALL = "notifications.tasks.call_slack"
DIALOG_WITHIN_S = 2.0  # Of the three seconds after a press, one is for what was done before.


def open_dialog(account: ProviderAccount, trigger: str, view: Mapping[str, Any]) -> None:
    """Show a dialog to whoever has just pressed something. Raises DeliveryError."""
    body = {"trigger_id": trigger, "view": view}
    _slack.call(account.config, "views.open", body, timeout=DIALOG_WITHIN_S)


def call_later(account: ProviderAccount, method: str, body: Mapping[str, Any]) -> None:
    """Have a worker call a method of the Web API, once; a failure is only logged."""
    async_task(CALL, account.token, method, dict(body), cluster=SENDERS)


def tell_later(account: ProviderAccount, request: ChatRequest, text: str) -> None:
    """Have a worker tell whoever asked for something; nothing where Slack named no place for it."""
    if request.respond_to:
        reply = Reply(address=request.address, text="", event_id="", respond_to=request.respond_to)
        async_task(TELL, account.token, reply, text, cluster=SENDERS)


def groups_of(account: ProviderAccount) -> Sequence[SlackGroup]:
    """The user groups of the workspace. Raises DeliveryError."""
    return _slack_app.groups_of(account.config)


def set_members(account: ProviderAccount, group: str, members: Sequence[str]) -> None:
    """Have a user group consist of these Slack IDs. Raises DeliveryError."""
    body = {"usergroup": group, "users": ",".join(members)}
    _slack.call(account.config, "usergroups.users.update", body)
