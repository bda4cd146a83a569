"""WhatsApp by Meta's Cloud API.

https://developers.facebook.com/docs/whatsapp/cloud-api
"""

from typing import Any

from django import forms

from notifications.channels._base import Config
from notifications.message.message import Message
from notifications.providers._base import BaseProvider
from notifications.providers.whatsapp import _meta_webhook
from notifications.providers.whatsapp._meta_api import call, send
from notifications.providers.whatsapp._template import number_to_act_on, text_of
from notifications.rates import Rate
from notifications.receipts import Accepted, Callback, Heard, Reply

OF_PERSON = Rate(1 / 6, 10)


class Provider(BaseProvider):
    """A number at Meta. All messages are templates, since only these reach anybody at any time."""

    label = "Meta Cloud API"
    example = {"phone_id": "106540352242922", "token": "EAAGt0ken", "app_secret": "meta-app-secret",
               "verify_token": "v3rify", "page_template": "opsportal_page",
               "text_template": "opsportal_text", "language": "en"}  # fmt: skip
    steps = (
        "At developers.facebook.com create an app of the type Business with WhatsApp.",
        "Add your number; copy its Phone number ID, and the App secret from Settings, Basic.",
        "In Business settings make a System user with whatsapp_business_messaging; copy its token.",
        "Create two templates, category Utility: both “OpsPortal: {{1}} (sent to you on call)”, "
        "the one for pages with the quick replies Acknowledge and Resolve, in this order.",
        "Under WhatsApp, Configuration, enter the address shown below and your verify token.",
        "Subscribe it to the field “messages”.",
    )
    environment = {
        "phone_id": "WHATSAPP_PHONE_ID",
        "token": "WHATSAPP_TOKEN",
        "app_secret": "WHATSAPP_APP_SECRET",
        "verify_token": "WHATSAPP_VERIFY_TOKEN",
        "page_template": "WHATSAPP_PAGE_TEMPLATE",
        "text_template": "WHATSAPP_TEXT_TEMPLATE",
        "language": "WHATSAPP_LANGUAGE",
    }
    receipt_within_s = 60.0
    rate = Rate(80, 80)

    class Form(forms.Form):
        phone_id = forms.RegexField(
            r"^\d{5,30}$", label="Phone number ID", help_text="Digits; not the number itself."
        )
        token = forms.CharField(
            max_length=1000, widget=forms.PasswordInput, help_text="Of the system user."
        )
        app_secret = forms.CharField(
            max_length=200, widget=forms.PasswordInput, help_text="It signs what Meta says."
        )
        verify_token = forms.CharField(
            max_length=200,
            widget=forms.PasswordInput,
            help_text="Any word; Meta shows it when the address is registered.",
        )
        page_template = forms.RegexField(
            r"^[a-z0-9_]{1,512}$",
            label="Template for pages",
            help_text="Its name: {{1}}, and two quick replies.",
        )
        text_template = forms.RegexField(
            r"^[a-z0-9_]{1,512}$",
            label="Template for everything else",
            help_text="Its name: {{1}}, without buttons.",
        )
        language = forms.RegexField(
            r"^[a-z]{2,3}(_[A-Z]{2})?$", help_text="Of both templates, such as en or en_US."
        )

    def place_rate(self, address: Config) -> Rate:
        """One in six seconds to a person, in the long run."""
        return OF_PERSON

    def send(self, config: Config, address: Config, message: Message) -> Accepted:
        number = number_to_act_on(message)
        name = config["page_template" if number else "text_template"]
        text = {"type": "text", "text": text_of(message)}
        components: list[dict[str, Any]] = [{"type": "body", "parameters": [text]}]
        for index, verb in enumerate(("ack", "resolve") if number else ()):
            payload = {"type": "payload", "payload": f"{verb} {number}"}
            components.append(
                {
                    "type": "button",
                    "sub_type": "quick_reply",
                    "index": str(index),
                    "parameters": [payload],
                }
            )
        template = {
            "name": name,
            "language": {"code": config["language"]},
            "components": components,
        }
        return send(config, address["number"], {"type": "template", "template": template})

    def check(self, config: Config) -> str:
        found = call(config, "GET", "?fields=display_phone_number,verified_name,quality_rating")
        name, number = found.get("verified_name"), found.get("display_phone_number")
        return f"WhatsApp: {name}, {number}, quality {found.get('quality_rating')}."

    def read_callback(self, config: Config, callback: Callback) -> Heard:
        return _meta_webhook.read(config, callback)

    def tell(self, config: Config, reply: Reply, text: str) -> None:
        """Within a day of somebody's message any text may be sent to them."""
        if text:
            send(config, reply.address, {"type": "text", "text": {"body": text}})
