"""Every address that machines post to: whatever comes, it is answered, and never with a 5xx."""

import json
import logging
import re
from urllib.parse import urlencode

import pytest
from django.db import transaction
from django.urls import URLPattern
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations.endpoints import urls
from integrations.models import InboundMessage
from tests.factories import make_integration
from tests.fuzzing import examples
from tests.fuzzing.requests import REQUESTS
from tests.integrations.heartbeats import make_heartbeat
from tests.integrations.posting import work

pytestmark = pytest.mark.django_db

FITTING = {
    "alertmanager/": "prometheus-server",
    "api/events": "events-api-v2",
    "api/v2/heartbeat": "heartbeat",
    "api/v2/": "goalert",
    "chat/slack": "slack-chat",
    "chat/teams": "teams-chat",
    "generic/": "events-api-v2",
    "hooks/": "slack-webhook",
    "integrations/generic": "victorops",
    "integrations/v1": "oncall-formatted-webhook",
    "ping/": "heartbeat",
    "v2/alerts": "opsgenie",
    "v2/heartbeats": "opsgenie",
    "v2/": "events-api-v2",
}
WHOLE = re.compile(r"\(\?P<(\w+)>([^)]*)\)|<(?:\w+:)?(\w+)>")
FEW = settings(
    max_examples=examples(12),
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def addresses(patterns, before=""):
    """The pattern of each address, whether written as a path or as an expression."""
    for pattern in patterns:
        here = before + str(pattern.pattern).lstrip("^").removesuffix("/?$")
        if isinstance(pattern, URLPattern):
            yield here.rstrip("/")
        else:
            yield from addresses(pattern.url_patterns, here)


ADDRESSES = sorted(set(addresses(urls.urlpatterns)))


def path_of(pattern, token, word):
    """An address with this token, and a word wherever else one is asked for."""

    def fill(found):
        name, choices = found[1] or found[3], (found[2] or "").split("|")
        if name in ("token", "code"):
            return token
        return choices[0] if len(choices) > 1 and word == "0" else word

    return "/" + WHOLE.sub(fill, pattern)


@pytest.fixture
def integration(request, settings):
    settings.ANYMAIL = {"WEBHOOK_SECRET": "a:b", "MAILGUN_WEBHOOK_SIGNING_KEY": "key"}
    pattern = request.getfixturevalue("pattern")
    slug = next((slug for start, slug in FITTING.items() if pattern.startswith(start)), "odown")
    if slug == "heartbeat":
        return make_heartbeat(rate_limit=0)
    return make_integration(slug, rate_limit=0)


def body_of(value, token):
    if isinstance(value, bytes):
        return value
    if isinstance(value, dict):
        value = {**value, "routing_key": token, "service_key": token}
    return json.dumps(value).encode()


@pytest.mark.parametrize("pattern", ADDRESSES)
def test_whatever_comes_is_answered_and_ended(client, integration, pattern):
    token = integration.token
    ours = [f"GenieKey {token}", f"Token token={token}", "Basic YTpi"]

    @FEW
    @given(
        request=REQUESTS,
        credentials=st.sampled_from([*ours, None]),
        token=st.sampled_from([token, token, token, "x", "%00", "%ff"]),
    )
    def tried(request, credentials, token):
        address = path_of(pattern, token, request["word"])
        headers = request["headers"] | ({"Authorization": credentials} if credentials else {})
        with transaction.atomic():
            answer = client.generic(
                request["method"],
                f"{address}?{urlencode(request['query'], errors='replace')}",
                body_of(request["body"], integration.token),
                request["kind"],
                headers=headers,
            )
            assert answer.status_code < 500, answer.content
            work()
            assert not InboundMessage.objects.pending().exists()
            assert list(InboundMessage.objects.filter(attempts__gt=0)) == [], "the engine failed"
            transaction.set_rollback(True)

    tried()


@pytest.fixture(autouse=True)
def quiet(caplog):
    """What a refusal logs, thousands of times."""
    caplog.set_level(logging.CRITICAL, "django.request")


def test_every_family_of_addresses_is_among_them():
    starts = {pattern.split("/")[0] for pattern in ADDRESSES}

    assert {"POSTAlert", "alertmanager", "api", "hooks", "integrations", "ping", "v2"} <= starts
