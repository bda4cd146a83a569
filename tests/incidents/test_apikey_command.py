import io
import re
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from incidents.actions import api_keys
from incidents.actions.api_keys import SCOPES
from incidents.models import ApiKey
from tests.api import make_person

pytestmark = pytest.mark.django_db


def run(*words):
    out = io.StringIO()
    call_command("apikey", *words, stdout=out, stderr=io.StringIO())
    return out.getvalue()


def test_the_last_line_is_the_key_alone():
    user = make_person()

    printed = run("create", "--user", user.email.upper(), "--scopes", "incidents:read,config:read")

    key = api_keys.use_key(printed.splitlines()[-1])
    assert key.user == user
    assert key.scopes == ["config:read", "incidents:read"]
    assert key.expires_at is None


def test_all_means_every_scope():
    printed = run("create", "--user", make_person().email, "--scopes", "all")

    assert api_keys.use_key(printed.strip()).scopes == sorted(SCOPES)


def test_days_are_counted_from_now():
    run("create", "--user", make_person().email, "--scopes", "all", "--days", "2", "--name", "CI")

    key = ApiKey.objects.get(name="CI")
    assert timedelta(days=1) < key.expires_at - timezone.now() <= timedelta(days=2)


@pytest.mark.parametrize(
    "words",
    [
        ["--user", "nobody@example.com", "--scopes", "all"],
        ["--user", "somebody@example.com", "--scopes", "incidents:burn"],
        ["--user", "somebody@example.com", "--scopes", ","],
        ["--user", "somebody@example.com", "--scopes", "all", "--days", "0"],
    ],
)
def test_what_cannot_be_is_refused_and_makes_no_key(words):
    make_person(email="somebody@example.com")

    with pytest.raises(CommandError):
        run("create", *words)

    assert not ApiKey.objects.exists()


def test_the_list_shows_no_key():
    text = run(
        "create", "--user", make_person().email, "--scopes", "all", "--name", "deploy"
    ).strip()

    printed = run("list")

    assert "deploy" in printed
    assert "usable" in printed
    assert text not in printed


@pytest.mark.parametrize("named_by", ["pk", "prefix", "text"])
def test_a_key_is_revoked_by_number_beginning_or_itself(named_by):
    key, text = api_keys.create_key(make_person(), "x", ["config:read"])
    name = {"pk": str(key.pk), "prefix": key.prefix, "text": text}[named_by]

    run("revoke", name)

    assert api_keys.use_key(text) is None
    assert "revoked" in run("list")


def test_revoking_what_is_no_key_touches_none():
    _, text = api_keys.create_key(make_person(), "x", ["config:read"])

    with pytest.raises(CommandError):
        run("revoke", "sk_live_unknown")

    assert api_keys.use_key(text) is not None


def test_without_a_portal_it_says_where_it_looked(settings):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL search_path TO pg_temp")

    with pytest.raises(CommandError, match=re.escape(str(settings.DATA_DIR))):
        run("list")
