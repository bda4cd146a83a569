"""A browser for tests: whoever opens pages, and what they read."""

import html
import re
import time

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import Group
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client

from opsportal.accounts.sessions import RENEWED_AT
from tests.factories import make_user


def make_person(role="", **fields):
    """Somebody who may open the portal, in this role."""
    person = make_user(**fields)
    if role:
        person.groups.add(Group.objects.get(name=role))
    return person


def browser(person):
    """A signed-in browser of this person."""
    return sign_in(Client(), person)


def sign_in(client, person):
    """Give the client a session of the person, as a login would have left it; returns the client.

    It takes one statement of the sixteen of a login: no signal is sent, and the session is not in
    the person's list.
    """
    session = {
        SESSION_KEY: str(person.pk),
        BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
        HASH_SESSION_KEY: person.get_session_auth_hash(),
        RENEWED_AT: int(time.time()),
    }
    row = SessionStore().create_model_instance(session)
    row.save(force_insert=True)
    client.cookies[settings.SESSION_COOKIE_NAME] = row.session_key
    return client


def words(response):
    """What a reader sees of a page: its text, without markup."""
    text = re.sub(r"<(script|style)\b.*?</\1>", " ", response.content.decode(), flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())
