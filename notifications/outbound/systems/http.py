"""A service that takes HTTP requests, which its methods describe."""

from typing import Any

from django import forms

from notifications.channels._base import Config, WebAddressField
from notifications.outbound.client import Client
from notifications.outbound.system import BaseSystem
from notifications.providers._http import basic
from opsportal.lib.net.errors import DeliveryError

NONE, BASIC, BEARER, HEADER = "none", "basic", "bearer", "header"
AUTHENTICATION = [
    (NONE, "None"),
    (BASIC, "Basic: user and password"),
    (BEARER, "Bearer token"),
    (HEADER, "A header of its own"),
]
NEEDED = {BASIC: ("username", "secret"), BEARER: ("secret",), HEADER: ("header_name", "secret")}


class System(BaseSystem):
    """Any service with an HTTP API: a service desk, a runner of jobs, an old pager."""

    label = "HTTP service"
    example = {
        "base_url": "https://desk.example/api",
        "authentication": BEARER,
        "username": "",
        "header_name": "",
        "secret": "t0ken-of-the-desk",
    }
    has_tickets = False
    steps = (
        "Enter the address of its API, which the paths of all methods follow, and how it "
        "authenticates.",
        "Save. Then add a method for each request: its verb, its path and its body, with "
        "placeholders such as <IncidentId>.",
        "Choose for each method what it is sent for by itself, or nothing.",
        "Open an incident, choose Send to a service, look at the preview, and send it.",
    )

    class Form(forms.Form):
        base_url = WebAddressField(
            label="Base URL",
            max_length=1000,
            help_text="Such as https://desk.example/api. The path of each method follows it.",
        )
        authentication = forms.ChoiceField(
            choices=AUTHENTICATION, help_text="How the service knows that a request may come in."
        )
        username = forms.CharField(
            required=False, max_length=200, help_text="For basic authentication."
        )
        header_name = forms.RegexField(
            r"^[A-Za-z0-9-]+$",
            required=False,
            max_length=100,
            label="Name of the header",
            help_text="Such as X-Api-Key, where it has a header of its own.",
        )
        secret = forms.CharField(
            required=False,
            max_length=4000,
            widget=forms.PasswordInput,
            label="Password, token or value",
            help_text="What goes with it. Stored encrypted, and in no log.",
        )

        def clean(self) -> dict[str, Any]:
            found = super().clean() or {}
            for name in NEEDED.get(found.get("authentication", ""), ()):
                if name not in self.errors and not found.get(name):
                    self.add_error(name, "This authentication needs it.")
            return found

    def account(self, client: Client, config: Config) -> str:
        return ""

    def check(self, client: Client, config: Config) -> str:
        raise DeliveryError("Only its methods can be tried: send one from an incident.")


def headers_of(config: Config) -> dict[str, str]:
    """The header by which a request is authenticated; {} for none."""
    kind, secret = config.get("authentication"), str(config.get("secret") or "")
    if kind == BASIC:
        return basic(str(config.get("username") or ""), secret)
    if kind == BEARER:
        return {"Authorization": f"Bearer {secret}"}
    return {str(config["header_name"]): secret} if kind == HEADER else {}
