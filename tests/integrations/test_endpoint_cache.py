"""The endpoint cache never outlives a change, nor a message the connection that it came by."""

import psycopg
import pytest
from django.db import connection

from integrations.inbound import receive
from integrations.inbound.endpoint_cache import Changed, EndpointCache, config_for
from integrations.inbound.request import InboundRequest
from integrations.models import InboundMessage, Integration
from integrations.setup import integrations
from tests.factories import make_integration
from tests.integrations.posting import FAILURE, log, post

pytestmark = pytest.mark.django_db


def test_a_cached_endpoint_is_found_without_the_database(django_assert_num_queries):
    integration, cache = make_integration(), EndpointCache()
    first = cache.by_token(integration.token)

    with django_assert_num_queries(0):
        assert cache.by_token(integration.token) == first


def test_an_unknown_token_is_asked_for_each_time():
    cache = EndpointCache()
    token = "f" * 32
    before = cache.by_token(token)
    integration = make_integration()
    integration.token = token
    integration.save()

    assert (before, cache.by_token(token)) == (None, config_for(integration))


def test_a_change_is_noticed_at_the_next_message(client):
    integration = make_integration()
    post(client, integration, FAILURE)
    integrations.set_enabled(integration.pk, False)

    answers = [post(client, integration, FAILURE).status_code]
    integrations.set_enabled(integration.pk, True)
    answers.append(post(client, integration, FAILURE).status_code)

    assert answers == [403, 202]
    assert log() == ["Pending", "Rejected", "Pending"]


def test_a_message_is_kept_by_the_integration_as_it_is_and_not_as_it_was():
    integration = make_integration()
    stale = config_for(integration)
    integration.save()

    with pytest.raises(Changed):
        receive.receive(stale, inbound())

    assert not InboundMessage.objects.exists()


def inbound():
    return InboundRequest(route="test", body=b"{}", content_type="application/json")


def test_a_secret_that_is_set_holds_from_the_next_message_on(client):
    integration = make_integration()
    post(client, integration, FAILURE)
    integration.signature_secret = "s3cret"
    integration.save()

    assert post(client, integration, FAILURE).status_code == 401


def test_a_deleted_integration_takes_nothing_more(client):
    integration = make_integration()
    post(client, integration, FAILURE)
    Integration.objects.all().delete()

    assert post(client, integration, FAILURE).status_code == 404
    assert InboundMessage.objects.count() == 1


def test_the_cache_is_bounded(monkeypatch):
    monkeypatch.setattr("integrations.inbound.endpoint_cache.MAX_ENTRIES", 3)
    cache = EndpointCache()

    for integration in [make_integration() for _ in range(5)]:
        cache.by_token(integration.token)

    assert len(cache.entries) <= 3


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_cached", [False, True])
def test_a_dead_connection_is_replaced_while_a_message_comes_in(client, is_cached):
    integration = make_integration()
    if is_cached:
        post(client, integration, FAILURE)
    kill_connection()

    assert post(client, integration, FAILURE).status_code == 202


def kill_connection():
    """As a restart of the database does it: the next statement finds out."""
    connection.ensure_connection()
    with psycopg.connect(connection.connection.info.dsn, autocommit=True) as other:
        pid = connection.connection.info.backend_pid
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


def test_a_header_that_is_added_leaves_the_body_decoded():
    first = InboundRequest("test", b'{"a": 1}', content_type="application/json")

    tree = first.decoded

    assert first.with_header("x-a", "b").decoded is tree
