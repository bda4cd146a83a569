"""Email, as text and HTML: by the mail server of EMAIL_HOST, or an account at a provider."""

from django import forms

from notifications import smtp
from notifications.channels._base import BaseChannel, Config
from notifications.choices import TemplateKind
from notifications.message.mail import mail_of
from notifications.message.message import Message


class Channel(BaseChannel):
    """Goes by an account at a provider, or by the mail server of EMAIL_HOST."""

    label = "Email"
    template_kind = TemplateKind.MAIL
    example = {"address": "alice@example.com"}
    for_sharing = True
    address_field = "address"
    has_provider = True

    class Form(forms.Form):
        address = forms.EmailField(
            max_length=254, help_text="Where the messages go. A list's address works, too."
        )

    def send(self, config: Config, message: Message) -> str:
        mail = mail_of(message, config["address"])
        smtp.send(mail.mime())
        return mail.headers["Message-ID"]

    def budget_s(self) -> float:
        return smtp.BUDGET_S
