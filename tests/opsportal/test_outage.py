"""Pages and the REST API while the database is away."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import OperationalError, connection
from psycopg import errors

from opsportal.runtime.outage import is_away, outage
from tests.factories import make_user

NOWHERE = "no-such-database-of-a-secret-name"
SINCE = re.compile(r"Since (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC")


@pytest.fixture
def visitor(client, transactional_db):
    client.raise_request_exception = False
    client.force_login(make_user())
    yield client
    connection.close()
    outage.end()


@pytest.fixture
def away(visitor, monkeypatch):
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "NAME", NOWHERE)


def assert_is_the_page(answer):
    assert answer.status_code == 503
    assert answer["Content-Type"].startswith("text/html")
    assert int(answer["Retry-After"]) > 0
    assert "no-store" in answer["Cache-Control"]
    assert "The portal cannot reach its database" in answer.text
    assert 'href="/healthz"' in answer.text
    [since] = SINCE.findall(answer.text)
    age = datetime.now(UTC) - datetime.fromisoformat(f"{since}+00:00")
    assert timedelta(seconds=-1) < age < timedelta(minutes=5)
    assert NOWHERE not in answer.text
    assert "Traceback" not in answer.text


PAGES = [
    "/",
    "/accounts/login/",
    "/incidents/",
    "/integrations/",
    "/admin/",
    "/a/some-token/",
    "/me/",
]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_says_that_the_database_is_away_and_since_when(visitor, away, path):
    assert_is_the_page(visitor.get(path))


@pytest.mark.parametrize("path", ["/", "/incidents/", "/accounts/login/"])
def test_so_it_does_where_the_connection_breaks_in_use(visitor, monkeypatch, path):
    connection.ensure_connection()
    monkeypatch.setitem(connection.settings_dict, "NAME", NOWHERE)
    connection.health_check_done = True
    connection.connection.pgconn.finish()

    assert_is_the_page(visitor.get(path))


def test_styles_are_served_meanwhile(visitor, away):
    answer = visitor.get("/static/bare.css")
    answer.close()

    assert answer.status_code == 200


def test_what_was_posted_was_probably_not_stored(visitor, away):
    answer = visitor.post("/accounts/login/", {"login": "a@example.org", "password": "x"})

    assert_is_the_page(answer)
    assert "What you sent was probably not stored" in answer.text


def test_a_session_outlives_it(visitor, monkeypatch):
    with monkeypatch.context() as context:
        connection.close()
        context.setitem(connection.settings_dict, "NAME", NOWHERE)
        assert_is_the_page(visitor.get("/"))
        connection.close()

    assert visitor.get("/").status_code == 200
    assert outage.since() is None
    assert Session.objects.count() == 1


def test_an_outage_keeps_its_beginning(visitor, away):
    visitor.get("/healthz")
    began_at = outage.since()

    answer = visitor.get("/")

    assert outage.since() == began_at
    assert f"{began_at:%Y-%m-%d %H:%M:%S}" in answer.text


@pytest.mark.parametrize("with_session", [True, False])
def test_the_rest_api_says_so_as_json(visitor, away, with_session):
    if not with_session:
        visitor.cookies.clear()

    answer = visitor.get("/api/v1/incidents/", headers={"Authorization": "Bearer opk_unknown"})

    assert answer.status_code == 503
    assert answer.json()["code"] == "unavailable"
    assert int(answer["Retry-After"]) > 0
    assert NOWHERE not in answer.text


@pytest.mark.parametrize("cause", [errors.QueryCanceled, errors.DeadlockDetected])
def test_a_statement_that_was_refused_is_no_outage(cause):
    error = OperationalError("refused")
    error.__cause__ = cause()

    assert not is_away(error)


@pytest.mark.parametrize(
    "cause", [errors.AdminShutdown, errors.TooManyConnections, errors.DiskFull]
)
def test_a_server_that_takes_nothing_is_one(cause):
    error = OperationalError("refused")
    error.__cause__ = cause()

    assert is_away(error)
