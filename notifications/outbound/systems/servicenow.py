"""ServiceNow incidents, by its Table API."""

import json
from typing import Any
from urllib.parse import urlencode

from django import forms

from notifications.channels._base import Config, WebAddressField
from notifications.choices import TicketState
from notifications.message.incident_summary import one_line
from notifications.outbound.client import Client, object_of
from notifications.outbound.moments import moment_of
from notifications.outbound.signed import require_token
from notifications.outbound.system import BaseSystem
from notifications.outbound.tickets import Created, Draft, News
from notifications.providers._http import basic
from notifications.receipts import Callback
from opsportal.lib.net.errors import DeliveryError

TABLE = "api/now/table/incident"
MAX_SHORT_DESCRIPTION = 160
HIGH, LOW = "1", "3"
# The numbers of its states: new, in progress, on hold; resolved, closed, cancelled.
STATES = {
    "1": TicketState.OPEN,
    "2": TicketState.IN_PROGRESS,
    "3": TicketState.IN_PROGRESS,
    "6": TicketState.DONE,
    "7": TicketState.DONE,
    "8": TicketState.DONE,
}
NAMES = {"1": "New", "2": "In Progress", "3": "On Hold", "6": "Resolved", "7": "Closed"}
IN_PROGRESS, RESOLVED = "2", "6"
NOTES = "Resolved in OpsPortal."


class System(BaseSystem):
    """Incidents in ServiceNow, with their state both ways."""

    label = "ServiceNow"
    example = {
        "base_url": "https://example.service-now.com",
        "username": "opsportal",
        "password": "p4ssw0rd",
        "caller": "6816f79cc0a8016401c5a33be04be441",
        "assignment_group": "",
        "close_code": "Solved (Permanently)",
        "webhook_secret": "a-secret-of-snow",
    }
    steps = (
        "Make a user for the portal alone, with the role itil: what it does is not taken as news.",
        "Enter the address of the instance, the user and its password here, save, choose Check.",
        "In ServiceNow, System Web Services, Outbound, REST Message: create one named OpsPortal "
        "with the address that the saved form shows, and a method post.",
        "Enter a secret here, and the same there as the header X-OpsPortal-Token.",
        "Create the Business Rule of docs/outbound.md on the table incident, which calls it.",
        "Choose below what a ticket that changes does to its incident.",
    )

    class Form(forms.Form):
        base_url = WebAddressField(
            label="URL", help_text="Of the instance, such as https://example.service-now.com."
        )
        username = forms.CharField(max_length=200, help_text="Of the user for the portal.")
        password = forms.CharField(max_length=400, widget=forms.PasswordInput)
        caller = forms.CharField(
            required=False, max_length=200, help_text="Who calls: the sys_id of a user."
        )
        assignment_group = forms.CharField(
            required=False, max_length=200, help_text="The sys_id of the group."
        )
        close_code = forms.CharField(
            initial="Solved (Permanently)",
            max_length=100,
            label="Resolution code",
            help_text="One of those that the instance offers; it asks for one when it resolves.",
        )
        webhook_secret = forms.CharField(
            required=False,
            max_length=400,
            widget=forms.PasswordInput,
            help_text="ServiceNow sends it along. Without it nothing is taken from there.",
        )

    def ask(self, client: Client, config: Config, method: str, path: str, body: Any = None) -> Any:
        client.headers = {
            **basic(config["username"], config["password"]),
            "Accept": "application/json",
        }
        base = str(config["base_url"]).rstrip("/")
        return client.ask(method, f"{base}/{path}", json=body)

    def account(self, client: Client, config: Config) -> str:
        return str(config["username"])

    def check(self, client: Client, config: Config) -> str:
        self.ask(client, config, "GET", f"{TABLE}?sysparm_limit=1&sysparm_fields=number")
        return f"It works as {config['username']}."

    def create(self, client: Client, config: Config, draft: Draft) -> Created:
        level = HIGH if draft.is_urgent else LOW
        body = {
            "short_description": one_line(draft.title, MAX_SHORT_DESCRIPTION),
            "description": draft.text,
            "urgency": level,
            "impact": level,
            "correlation_id": draft.marker,
            "correlation_display": "OpsPortal",
        }
        for name, field in (("caller", "caller_id"), ("assignment_group", "assignment_group")):
            if config.get(name):
                body[field] = str(config[name])
        found = self.ask(client, config, "POST", TABLE, body)
        return _created(config, object_of(found, "result"))

    def find(self, client: Client, config: Config, draft: Draft) -> Created | None:
        query = {
            "sysparm_query": f"correlation_id={draft.marker}",
            "sysparm_fields": "sys_id,number",
            "sysparm_limit": "1",
        }
        rows = self.ask(client, config, "GET", f"{TABLE}?{urlencode(query)}").get("result")
        return _created(config, rows[0]) if rows else None

    def set_state(
        self, client: Client, config: Config, external_id: str, state: TicketState
    ) -> str:
        body = {"state": IN_PROGRESS}  # One that is opened again is worked on.
        if state == TicketState.DONE:
            body = {"state": RESOLVED, "close_code": config["close_code"], "close_notes": NOTES}
        self.ask(client, config, "PATCH", f"{TABLE}/{external_id}", body)
        return NAMES[body["state"]]

    def comment(self, client: Client, config: Config, external_id: str, text: str) -> None:
        self.ask(client, config, "PATCH", f"{TABLE}/{external_id}", {"work_notes": text})

    def read_webhook(self, config: Config, callback: Callback) -> tuple[News, ...]:
        require_token(config, callback, "X-OpsPortal-Token")
        body = json.loads(callback.body)
        number = str(body.get("state") or "")
        news = News(
            external_id=str(body["sys_id"]),
            event_id=str(body.get("event_id") or ""),
            state=STATES.get(number),
            status=NAMES.get(number, number),
            comment=str(body.get("comment") or ""),
            author=str(body.get("updated_by") or ""),
            author_id=str(body.get("updated_by") or ""),
            at=moment_of(body.get("updated_at")),
        )
        return (news,)


def _created(config: Config, row: Any) -> Created:
    sys_id, number = str(row.get("sys_id") or ""), str(row.get("number") or "")
    if not sys_id:
        raise DeliveryError("ServiceNow named no sys_id of the incident.", ambiguous=True)
    base = str(config["base_url"]).rstrip("/")
    url = f"{base}/nav_to.do?{urlencode({'uri': f'incident.do?sys_id={sys_id}'})}"
    return Created(external_id=sys_id, key=number or sys_id, url=url)
