"""A link with which a person sets a password of their own."""

import smtplib

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from incidents.models import User


def link_for(person: User) -> str:
    """Works once, until the password changes or PASSWORD_RESET_TIMEOUT is over."""
    uid = urlsafe_base64_encode(force_bytes(person.pk))
    token = default_token_generator.make_token(person)
    path = reverse("password_reset_confirm", kwargs={"uidb64": uid, "token": token})
    return f"{settings.SITE_URL}{path}"


def send(person: User, link: str, *, by: User) -> str:
    """Mail the link; returns what went wrong, or '' when the mail server took it."""
    look = {"person": person, "link": link, "by": by, "site": settings.SITE_URL}
    body = render_to_string("incidents/invitation.txt", look)
    try:
        send_mail("Your access to OpsPortal", body, None, [person.email])
    except (OSError, smtplib.SMTPException) as error:
        return f"The mail could not be sent: {error}"
    return ""
