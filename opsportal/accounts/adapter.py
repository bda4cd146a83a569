"""How django-allauth logs people in here: throttled, without sign-up, by the login alone."""

import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib import messages
from django.contrib.auth import authenticate
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from incidents.actions import login_throttle
from incidents.actions.login_throttle import TooManyAttempts
from incidents.models import LoginAttempt, User
from integrations.inbound.client_ip import address_of_request

logger = logging.getLogger(__name__)
UNKNOWN_ADDRESS = "0.0.0.0"  # noqa: S104 - nobody listens: the column of sessions wants one.
NOT_ADMITTED = "This account is told of incidents, and may not open the portal."


class AccountAdapter(DefaultAccountAdapter):
    """The rules of the portal where django-allauth asks for them."""

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self.error_messages: dict[str, Any] = {
            **DefaultAccountAdapter.error_messages,
            "email_password_mismatch": "That e-mail address and password do not fit together.",
            "enter_current_password": "That is not your password.",
            "invalid_password_reset": "This link has been used, or is too old.",
        }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_ajax(self, request: HttpRequest) -> bool:
        """Never: these pages answer with pages."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return address_of_request(request.META) or UNKNOWN_ADDRESS

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """The person, or None. Raises ValidationError past a limit of the portal's throttle."""
        email = str(credentials["email"])
        attempt = count_attempt(request, email)
        user: AbstractBaseUser | None = authenticate(request, **credentials)
        if user:
            login_throttle.succeed(attempt)
        else:
            log_wrong_password(request, email)
        return user

    def pre_login(
        self, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any
    ) -> HttpResponse | None:
        """By whatever way somebody comes: who may not open the portal is not logged in."""
        assert isinstance(user, User)
        if user.is_active and user.is_staff:
            return None
        messages.warning(request, NOT_ADMITTED)
        return redirect("admin:login")

    def set_password(self, user: AbstractBaseUser, password: str) -> None:
        user.set_password(password)
        user.save(update_fields=["password"])


def count_attempt(request: HttpRequest, email: str) -> LoginAttempt:
    """Count a password of this account as wrong for now. Raises ValidationError past the limit."""
    address = address_of_request(request.META)
    try:
        return login_throttle.begin(LoginAttempt.Kind.LOG_IN, email, address)
    except TooManyAttempts as refusal:
        raise ValidationError(str(refusal), code=refusal.code) from refusal


def log_wrong_password(request: HttpRequest, email: str) -> None:
    """The line in the log: who was meant, and from where; never what was typed as the password."""
    logger.warning("Wrong password: %s from %s", email, address_of_request(request.META))
