"""Mailboxes elsewhere that are looked into."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from unfold.decorators import display
from unfold.widgets import UnfoldAdminPasswordWidget

from incidents.admin.base import EntitledAdmin
from incidents.errors import InvalidRequest
from integrations.mail import addresses, store
from integrations.models import ADMINISTER, MailAccount

LOST_HELP = (
    "Set, but encrypted with another SECRET_KEY: it cannot be read. Enter it anew. Empty: it stays "
    "as it is, for when that key is back."
)


class MailAccountForm(forms.ModelForm):
    """The password is never shown: empty keeps the one that is stored."""

    password = forms.CharField(
        required=False,
        max_length=500,
        strip=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
    )

    class Meta:
        model = MailAccount
        exclude = ["password"]  # noqa: DJ006 - the fieldsets name the others

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["password"].help_text = "Set. Empty: it stays as it is."
        if self.instance.unreadable_secrets:
            self.fields["password"].help_text = LOST_HELP

    def clean_password(self) -> str:
        given: str = self.cleaned_data["password"]
        if not given and not self.instance.pk:
            raise forms.ValidationError("The server will ask for it.")
        if given:
            self.instance.password = given
        return given

    def clean_every_seconds(self) -> int:
        seconds = self.cleaned_data["every_seconds"]
        if seconds < 10:
            raise forms.ValidationError("At least 10: servers lock out who asks more often.")
        return seconds

    def clean_mailbox(self) -> str:
        try:
            name = self.cleaned_data["mailbox"]
            return addresses.checked(name) if name else ""
        except InvalidRequest as error:
            raise forms.ValidationError(str(error)) from error


@admin.register(MailAccount)
class MailAccountAdmin(EntitledAdmin):
    """Whoever administers integrations; saving looks into the mailbox at once."""

    entitlement = ADMINISTER
    form = MailAccountForm
    list_display = ["name", "host", "username", "folder", "mailbox", "state", "last_polled_at"]
    search_fields = ["name", "host", "username"]
    readonly_fields = ["last_polled_at", "shown_error"]
    fieldsets = [
        (
            None,
            {
                "fields": ["name", "is_enabled", "last_polled_at", "shown_error"],
                "description": "New mails are taken by IMAP and marked as read once they are "
                "stored. Of a mailbox seen for the first time only what is unread and at most two "
                "days old is taken.",
            },
        ),
        ("Server", {"fields": ["host", "port", "security", "username", "password", "folder"]}),
        ("What becomes of the mails", {"fields": ["mailbox", "every_seconds"]}),
    ]

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, **kwargs)
        form.base_fields["mailbox"].help_text = (
            f"For mails to none of our addresses ({addresses.ending()}). Empty: those are left "
            "unread, and the error says so."
        )
        form.base_fields["every_seconds"].label = "Look every … seconds"
        return form

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        store.save_account(obj)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        store.delete_account(obj.pk)

    @display(description="State", label={"well": "success", "error": "danger", "off": "info"})
    def state(self, account: MailAccount) -> str:
        if not account.is_enabled:
            return "off"
        return "error" if account.last_error else "well"

    @admin.display(description="Last error")
    def shown_error(self, account: MailAccount) -> str:
        return account.last_error or "None"
