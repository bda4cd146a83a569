"""A link with which a person sets a password of their own, sent to invite or to reset it."""

import smtplib

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import int_to_base36
from django.utils.translation import gettext as _

from incidents.models import User
from opsportal.lib.languages import written_in


def link_for(person: User) -> str:
    """Works once, until the password changes or PASSWORD_RESET_TIMEOUT is over."""
    token = default_token_generator.make_token(person)
    names = {"uidb36": int_to_base36(person.pk), "key": token}
    path = reverse("account_reset_password_from_key", kwargs=names)
    return f"{settings.SITE_URL}{path}"


def send(person: User, link: str, *, by: User) -> str:
    """Mail the link; returns what went wrong, or '' when the mail server took it."""
    look = {"person": person, "link": link, "by": by, "site": settings.SITE_URL}
    with written_in(person.language):
        body = render_to_string("incidents/invitation.txt", look)
        return _send(person, _("Your access to OpsPortal"), body)


def send_reset(person: User, link: str) -> str:
    """Mail the link to who forgot the password; returns what went wrong, or ''."""
    look = {"person": person, "link": link, "site": settings.SITE_URL}
    with written_in(person.language):
        body = render_to_string("accounts/reset_mail.txt", look)
        return _send(person, _("Reset your password"), body)


def _send(person: User, subject: str, body: str) -> str:
    try:
        send_mail(subject, body, None, [person.email])
    except (OSError, smtplib.SMTPException) as error:
        return f"The mail could not be sent: {error}"
    return ""
