"""Whoever has no key is answered before anything of the body is decoded, whatever it holds."""

from functools import cache

import pytest
from django.urls import resolve

from integrations.models import InboundMessage
from tests.attacks import cost, poison
from tests.attacks.routes import METHODS, URLS
from tests.rows import each

pytestmark = pytest.mark.django_db
MAX_UNITS = 5  # 50 ms on a machine of today
MAX_PEAK_BYTES = 12 * poison.SIZE
REFUSED = {400, 401, 403, 404, 405, 413}
POSTS = [(method, url) for method, url in METHODS if method in ("POST", "PUT", "PATCH", "DELETE")]


@cache
def body_of(name):
    return poison.POSTS[name][1](poison.SIZE)


def ask(client, method, url, name):
    media_type, _, headers = poison.POSTS[name]
    return lambda: client.generic(method, url, body_of(name), media_type, headers=headers)


def test_every_url_of_the_list_is_the_one_of_its_view():
    assert len(URLS) > 50
    assert all(resolve(url).func.cls is view for url, view in URLS.items())


@each(("method", "url"), METHODS)
@each("name", ["nothing", "parts in parts", "deep lists", "a bomb"])
def test_every_route_refuses_a_stranger_and_keeps_nothing(client, method, url, name):
    answer = ask(client, method, url, name)()

    assert answer.status_code in REFUSED or method in ("HEAD", "GET")
    assert answer.status_code < 500
    assert not InboundMessage.objects.exists()


@each(("method", "url"), POSTS)
def test_parts_in_parts_cost_next_to_nothing(client, method, url):
    post = ask(client, method, url, "parts in parts")
    post()

    assert cost.units(post, MAX_UNITS) < MAX_UNITS


@each(
    "url",
    [
        "/api/events",
        "/v2/enqueue",
        "/v2/change/enqueue",
        "/generic/2010-04-15/create_event.json",
        "/api/v2/generic/incoming",
        "/v2/alerts",
        f"/POSTAlert/{'0' * 32}/x",
        f"/chat/slack/{'0' * 32}/",
        "/anymail/mailgun/inbound/",
    ],
)
@each("name", sorted(poison.POSTS))
def test_no_poison_costs_more(client, url, name):
    post = ask(client, "POST", url, name)
    assert post().status_code in REFUSED

    assert cost.units(post, MAX_UNITS) < MAX_UNITS
    assert cost.peak_bytes(post) < MAX_PEAK_BYTES
    assert not InboundMessage.objects.exists()
