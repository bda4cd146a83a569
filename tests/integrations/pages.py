"""The portal's pages as a person sees them in a browser."""

from django.test import Client

from tests.api import make_person
from tests.pages import sign_in


def browser(*roles):
    """A browser in which somebody with these roles is signed in."""
    client = Client()
    client.user = make_person(*roles)
    return sign_in(client, client.user)


def admin_browser():
    return browser("Integrations Admin")


def text_of(response):
    return response.content.decode()
