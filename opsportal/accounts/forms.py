"""The forms of log-in, reset and change of the password."""

from typing import Any

from allauth.account.forms import (
    ChangePasswordForm,
    LoginForm,
    ResetPasswordForm,
    ResetPasswordKeyForm,
)
from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django_q.tasks import async_task

from incidents.actions import api_keys, login_throttle
from incidents.actions.login_throttle import TooManyAttempts
from incidents.models import LoginAttempt, User
from integrations.inbound.client_ip import address_of_request
from opsportal.accounts.adapter import NOT_ADMITTED, count_attempt, log_wrong_password
from opsportal.lib.task_queues import SENDERS

SEND_LINK = "opsportal.accounts.tasks.send_reset_link"


class PortalLoginForm(LoginForm):
    """Email and password of whoever may open the portal."""

    def add_prefix(self, field_name: str) -> str:
        """The login is called ``username``, as password managers and Django's admin call it."""
        return super().add_prefix("username" if field_name == "login" else field_name)

    def clean(self) -> Any:
        found = super().clean()
        if self.user and not self.user.is_staff:
            raise ValidationError(NOT_ADMITTED)
        return found


class _RevokesKeys(forms.Form):
    """A new password, with which the API keys of the person may end as well."""

    user: User
    revoke_keys = forms.BooleanField(
        required=False,
        label="Revoke my API keys as well",
        help_text="For when somebody else may have had them. Scripts that use them stop working.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].label = "New password"
        self.fields["password1"].help_text = "At least 10 characters."
        self.fields["password2"].label = "The same again"
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)

    def save(self) -> None:
        super().save()  # type: ignore[misc]
        login_throttle.forgive(self.user.email)
        if self.cleaned_data["revoke_keys"]:
            api_keys.revoke_keys_of(self.user)


class SetPasswordForm(_RevokesKeys, ResetPasswordKeyForm):
    """Behind the link of a mail, which is the proof."""


class PortalChangePasswordForm(_RevokesKeys, ChangePasswordForm):
    """One's own, with the old one as the proof. Wrong ones count as those of a log-in do."""

    request: HttpRequest

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["oldpassword"].label = "Your password now"

    def clean_oldpassword(self) -> str:
        attempt = count_attempt(self.request, self.user.email)
        try:
            found: str = super().clean_oldpassword()
        except ValidationError:
            log_wrong_password(self.request, self.user.email)
            raise
        login_throttle.succeed(attempt)
        return found


class AskForLinkForm(ResetPasswordForm):
    """Where to send the link: only to the login of somebody who has a password already.

    Whoever was added without one comes in by an invitation, which an administrator sends.
    """

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        return email

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        """Have the link sent by a worker, so that the answer is the same for whoever asks."""
        email: str = self.cleaned_data["email"]
        try:
            login_throttle.begin(LoginAttempt.Kind.RESET, email, address_of_request(request.META))
        except TooManyAttempts:  # It is in the log. Links that were sent go on working.
            return email
        person = User.objects.active().filter(email__iexact=email, is_staff=True).first()
        if person and person.has_usable_password():
            async_task(SEND_LINK, person.pk, cluster=SENDERS)
        return email
