"""The portal's pages as a person sees them in a browser."""

from django.test import Client

from tests.api import make_person


def browser(*roles):
    """A browser in which somebody with these roles is signed in."""
    client = Client()
    client.user = make_person(*roles)
    client.force_login(client.user)
    return client


def admin_browser():
    return browser("Integrations Admin")


def text_of(response):
    return response.content.decode()
