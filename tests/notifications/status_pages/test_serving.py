"""By whom a status page is served: threads without sessions, on the portal's host or its own."""

from contextlib import contextmanager
from io import BytesIO

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client

from notifications.status_pages import domains
from opsportal.runtime.web.status_handler import StatusHandler, is_public
from tests.notifications.status_pages.pages import make_page, make_report

pytestmark = pytest.mark.django_db


def get(page, what="", **headers):
    return Client().get(f"/status/{page.slug}/{what}", headers=headers)


@contextmanager
def connection_kept():
    """As the test client does it: the connection holds the transaction of the test."""
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    yield
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)


def handled(host, path, **environ):
    """What the front's own handler answers, and whether it was the portal that did."""
    found = {}

    def start(status, headers, exc_info=None):
        found.update(status=int(status[:3]), headers=dict(headers))

    def portal(environ, start):
        found["portal"] = True
        return [b""]

    asked = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "HTTP_HOST": host,
        "SERVER_NAME": "x",
        "SERVER_PORT": "80",
        "wsgi.input": BytesIO(),
        "wsgi.url_scheme": "http",
        "REMOTE_ADDR": "192.0.2.1",
    } | environ
    with connection_kept():
        found["body"] = b"".join(StatusHandler(portal)(asked, start)).decode()
    return found


@pytest.fixture
def own_domain():
    page = make_page(domain="status.acme.example")
    domains.refresh()
    yield page
    page.delete()
    domains.refresh()


def test_on_its_own_domain_the_page_is_at_the_root_and_the_portal_is_not(own_domain):
    answer = handled("status.acme.example:443", "/")

    assert answer["status"] == 200
    assert 'href="/history/"' in answer["body"]
    assert "Set-Cookie" not in answer["headers"]
    assert handled("status.acme.example", "/api/v2/status.json")["status"] == 200
    admin = handled("status.acme.example", "/admin/login/")
    assert (admin["status"], "portal" in admin) == (404, False)
    assert "There is no such page" in admin["body"]
    assert "portal" in handled("status.acme.example", "/static/status.css")


def test_links_outside_name_the_own_domain(own_domain):
    assert (
        get(own_domain, "api/v2/summary.json").json()["page"]["url"] == "http://status.acme.example"
    )


def test_the_portals_other_pages_are_left_to_the_portal():
    page = make_page()

    assert handled("localhost", f"/status/{page.slug}/")["status"] == 200
    assert "portal" in handled("localhost", "/incidents/")
    assert "portal" in handled("other.example", "/")


def test_status_pages_have_threads_of_their_own(own_domain):
    assert is_public("/status/acme/", "localhost")
    assert is_public("/", "status.acme.example")
    assert not is_public("/static/status.css", "status.acme.example")
    assert not is_public("/status-pages/", "localhost")


def test_an_answer_sets_no_cookie_and_may_be_cached_by_everybody():
    page = make_page()

    answer = handled("localhost", f"/status/{page.slug}/", HTTP_COOKIE="sessionid=x")

    assert not {"Set-Cookie", "Vary"} & answer["headers"].keys()
    assert answer["headers"]["Cache-Control"] == "public, max-age=30"
    assert "default-src 'none'" in answer["headers"]["Content-Security-Policy"]
    assert "<script" not in answer["body"]
    answer = get(page)
    assert get(page, if_none_match=answer["ETag"]).status_code == 304
    make_report(page)
    assert get(page, if_none_match=answer["ETag"]).status_code == 200


def test_however_much_is_asked_the_page_is_drawn_once(django_assert_num_queries):
    page = make_page("Shop", "Search", "Mail")
    for name in ("Shop", "Search"):
        make_report(page, name=name)
    with django_assert_num_queries(4):  # the page, its components, reports and updates
        get(page)

    with django_assert_num_queries(1):
        get(page)
