"""Email by a mail server: that of the settings, or one that was named on the page."""

from django import forms
from django.conf import settings

from notifications import smtp
from notifications.channels._base import Config
from notifications.message.mail import Mail
from notifications.providers import _mail
from notifications.receipts import Accepted


class Provider(_mail.MailSender):
    """Any server that takes mail with a login, or without one from this machine."""

    label = "SMTP"
    example = {
        "host": "smtp.example.com",
        "port": 587,
        "security": "starttls",
        "user": "ops",
        "password": "s3cret",
        "sender": "OpsPortal <ops@example.com>",
    }
    steps = (
        "Ask who runs your mail for the name of the server, and for a user that may send.",
        "Port 587 goes with STARTTLS, 465 with TLS, 25 with neither or STARTTLS.",
        "Where logins have a second factor (Google, Microsoft), make an app password.",
        "The sender has to be one that this user may write as.",
    )

    class Form(forms.Form):
        host = forms.RegexField(
            r"^[A-Za-z0-9.:_-]{1,253}$", help_text="The server, such as smtp.example.com."
        )
        port = forms.IntegerField(
            min_value=1, max_value=65535, initial=587, help_text="Usually 587 or 465."
        )
        security = forms.ChoiceField(
            choices=[("starttls", "STARTTLS"), ("tls", "TLS from the start"), ("none", "None")],
            help_text="How the line is encrypted.",
        )
        user = forms.CharField(
            required=False, max_length=200, help_text="Empty: the server wants no login."
        )
        password = _mail.secret_field(
            "Of the user; an app password where logins have a second factor.",
            label="Password",
            required=False,
        )
        sender = _mail.SenderField()

    def send_mail(self, config: Config, mail: Mail) -> Accepted:
        smtp.send(mail.mime(config.get("sender")), config or None)
        return Accepted(provider_id=mail.headers.get("Message-ID", ""))

    def check(self, config: Config) -> str:
        smtp.check(config or None)
        user = config.get("user") or ("" if config else settings.EMAIL_HOST_USER)
        server = config.get("host") or settings.EMAIL_HOST or settings.EMAIL_BACKEND
        return f"SMTP: {server} takes the login." if user else f"SMTP: {server} answers."

    def own_account(self) -> Config | None:
        return {} if smtp.brings_mail() else None
