"""The REST API as a script sees it."""

from itertools import count

from django.contrib.auth.models import Group
from rest_framework.test import APIClient

from escalation.actions import start
from incidents.actions import api_keys
from incidents.actions.api_keys import SCOPES
from incidents.models import User
from tests.factories import make_service
from tests.pages import sign_in

_numbers = count(1)


def make_person(*roles, **fields):
    """Somebody with these roles of the portal, such as Responder, and without an address."""
    fields.setdefault("email", f"somebody{next(_numbers)}@example.com")
    person = User.objects.create_user(**{"name": fields["email"].title(), **fields})
    person.groups.set(Group.objects.filter(name__in=roles))
    assert person.groups.count() == len(roles)
    return person


def make_paging_incident(service=None, **fields):
    """An open incident with its run."""
    title = fields.pop("title", f"Trouble {next(_numbers)}")
    return start.open_incident(service or make_service(), title, **fields)


def make_key(person, *scopes, **fields):
    """The text of an API key, with every scope where none is named."""
    return api_keys.create_key(person, "a test", scopes or list(SCOPES), **fields)[1]


def script(person, *scopes):
    """A client with a key of this person; with every scope where none is named."""
    client = APIClient(enforce_csrf_checks=True)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {make_key(person, *scopes)}")
    client.default_format = "json"
    return client


def session(person):
    """A client that is logged in as this person, without a key."""
    client = sign_in(APIClient(), person)
    client.default_format = "json"
    return client


def owner(*scopes):
    """A client that may everything within its scopes."""
    return script(make_person("Owner"), *scopes)
