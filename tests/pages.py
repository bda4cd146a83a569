"""A browser for tests: whoever opens pages, and what they read."""

import html
import re

from django.contrib.auth.models import Group
from django.test import Client

from tests.factories import make_user


def make_person(role="", **fields):
    """Somebody who may open the portal, in this role."""
    person = make_user(**fields)
    if role:
        person.groups.add(Group.objects.get(name=role))
    return person


def browser(person):
    """A signed-in browser of this person."""
    client = Client()
    client.force_login(person)
    return client


def words(response):
    """What a reader sees of a page: its text, without markup."""
    text = re.sub(r"<(script|style)\b.*?</\1>", " ", response.content.decode(), flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())
