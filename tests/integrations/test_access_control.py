"""Who may knock: addresses, proxies, basic auth, bearer tokens."""

import base64

import pytest

from integrations.inbound.access import AccessPolicy, BadNetwork, policy_for, tidy_networks
from integrations.inbound.client_ip import address_of, trusted_of
from integrations.models import InboundMessage
from integrations.setup import replay
from opsportal.checks import check_proxies
from tests.factories import make_integration
from tests.integrations.posting import FAILURE, event, log, post, work

BEARER = {"Authorization": "Bearer s3cret-token"}


def basic(user, password):
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def make_guarded(**fields):
    """An integration that asks for basic auth and a bearer token."""
    fields = {"basic_user": "probe", "basic_password": "pä:ss", **fields}
    return make_integration(bearer_token="s3cret-token", **fields)


# Pure.


@pytest.mark.parametrize(
    ("address", "networks", "is_let_in"),
    [
        ("192.0.2.7", ["192.0.2.0/24"], True),
        ("192.0.2.7", ["192.0.2.7/32"], True),
        ("192.0.3.7", ["192.0.2.0/24"], False),
        ("192.0.3.7", ["192.0.2.0/24", "192.0.3.0/24"], True),
        ("2001:db8::5", ["2001:db8::/32"], True),
        ("2001:db9::5", ["2001:db8::/32"], False),
        ("::ffff:192.0.2.7", ["192.0.2.0/24"], True),
        ("2001:db8::5", ["192.0.2.0/24"], False),
        (None, ["0.0.0.0/0", "::/0"], False),
        ("192.0.2.7", ["nonsense"], False),
        ("192.0.2.7", [], True),
    ],
)
def test_only_allowed_networks_are_let_in(address, networks, is_let_in):
    assert (policy_for(networks, "", "", "").rejection(address, "") is None) == is_let_in


@pytest.mark.parametrize(
    ("header", "is_known"),
    [
        (BEARER["Authorization"], True),
        ("bearer   s3cret-token ", True),
        ("Bearer s3cret-toke", False),
        ("Bearer ", False),
        ("Bearer", False),
        ("", False),
        ("Basic s3cret-token", False),
        ("Token s3cret-token", False),
        ("Bearer sch\udcfcssel", False),
        (basic("probe", "pä:ss")["Authorization"], True),
        (basic("probe", "wrong")["Authorization"], False),
        (basic("", "pä:ss")["Authorization"], False),
        ("Basic %%%", False),
        ("Basic", False),
    ],
)
def test_either_credential_is_good_and_nothing_else(header, is_known):
    policy = policy_for([], "probe", "pä:ss", "s3cret-token")

    assert (policy.rejection("192.0.2.7", header) is None) == is_known


@pytest.mark.parametrize("header", ["Bearer ", "Basic ", "Basic Og==", "Bearer", ""])
def test_what_is_not_set_cannot_be_matched_by_nothing(header):
    assert not AccessPolicy(bearer="x").matches(header)
    assert not AccessPolicy(basic="u:p").matches(header)
    assert not AccessPolicy().matches(header)


def test_networks_are_kept_in_their_usual_form():
    found = tidy_networks([" 192.0.2.7 ", "2001:DB8::/32", "", "192.0.2.7/32"])

    assert found == ["192.0.2.7/32", "2001:db8::/32"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("10.0.0.5/8", "did you mean 10.0.0.0/8?"),
        ("office", "no address and no network"),
        ("192.0.2.300", "no address and no network"),
    ],
)
def test_a_network_that_is_none_is_refused_with_the_mend(text, said):
    with pytest.raises(BadNetwork, match=said.replace("?", r"\?")):
        tidy_networks([text])


PROXIES = trusted_of(["127.0.0.1", "10.0.0.0/8", "fd00::/8"])


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("192.0.2.7", "", "192.0.2.7"),
        ("192.0.2.7", "198.51.100.1", "192.0.2.7"),  # Not one of ours says so.
        ("127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "6.6.6.6, 198.51.100.1", "198.51.100.1"),  # The client wrote the first.
        ("127.0.0.1", "198.51.100.1, 10.1.2.3", "198.51.100.1"),
        ("127.0.0.1", "10.9.9.9, 10.1.2.3", "10.9.9.9"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "6.6.6.6, nonsense", "127.0.0.1"),
        ("127.0.0.1", "198.51.100.1:4711", "198.51.100.1"),
        ("fd00::1", "[2001:db8::5]:4711", "2001:db8::5"),
        ("::ffff:127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("", "198.51.100.1", None),
        ("unix:", "198.51.100.1", None),
    ],
)
def test_a_forwarded_address_counts_as_far_as_our_proxies_vouch_for_it(peer, forwarded, address):
    assert address_of(peer, forwarded, PROXIES) == address


def test_nobody_is_a_proxy_where_none_is_named():
    assert address_of("127.0.0.1", "198.51.100.1", ()) == "127.0.0.1"


def test_a_proxy_that_is_no_address_is_an_error_at_the_start(settings):
    settings.TRUSTED_PROXIES = ["127.0.0.1", "proxy.local"]

    assert "opsportal.E009" in [problem.id for problem in check_proxies(None)]


# Through the door.


@pytest.mark.django_db
def test_an_address_that_is_not_allowed_gets_403_and_the_log_says_why(client):
    integration = make_integration(allowed_networks=["192.0.2.0/24"])

    inside = post(client, integration, FAILURE, REMOTE_ADDR="192.0.2.9")
    outside = post(client, integration, FAILURE, REMOTE_ADDR="198.51.100.1")

    assert inside.status_code == 202
    assert (outside.status_code, outside.json()["code"]) == (403, "forbidden_address")
    assert "198.51.100.1" not in outside.json()["detail"]
    assert log() == ["Pending", "Rejected"]
    assert "198.51.100.1 is in no allowed network" in InboundMessage.objects.latest("pk").reason


@pytest.mark.django_db
def test_behind_a_trusted_proxy_the_sender_itself_is_judged(client, settings):
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]
    integration = make_integration(allowed_networks=["192.0.2.0/24"])

    def send(peer, forwarded):
        return post(
            client, integration, FAILURE, REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=forwarded
        ).status_code

    assert send("10.0.0.1", "192.0.2.9") == 202
    assert send("10.0.0.1", "192.0.2.9, 198.51.100.1") == 403
    assert send("198.51.100.1", "192.0.2.9") == 403
    kept = InboundMessage.objects.order_by("pk").values_list("remote_address", flat=True)
    assert list(kept) == ["192.0.2.9", "198.51.100.1", "198.51.100.1"]


@pytest.mark.django_db
@pytest.mark.parametrize("headers", [BEARER, basic("probe", "pä:ss")])
def test_who_has_a_credential_is_let_in(client, headers):
    assert post(client, make_guarded(), FAILURE, headers=headers).status_code == 202


@pytest.mark.django_db
@pytest.mark.parametrize(
    "headers", [{}, basic("probe", "x"), basic("nobody", "pä:ss"), {"Authorization": "Bearer x"}]
)
def test_who_has_none_gets_401_and_learns_nothing(client, headers):
    answer = post(client, make_guarded(), FAILURE, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert answer.json()["detail"] == "The credentials are missing or wrong."
    assert answer["WWW-Authenticate"].startswith("Basic realm=")
    assert log() == ["Rejected"]
    assert work() == 0


@pytest.mark.django_db
def test_credentials_are_not_kept_with_the_message(client):
    post(client, make_guarded(), FAILURE, headers=BEARER)

    assert "s3cret-token" not in str(InboundMessage.objects.get().headers)


@pytest.mark.django_db
def test_who_may_not_knock_does_not_learn_that_it_is_disabled(client):
    integration = make_guarded(is_enabled=False)

    assert post(client, integration, FAILURE).json()["code"] == "unauthenticated"
    assert post(client, integration, FAILURE, headers=BEARER).json()["code"] == "disabled"


@pytest.mark.django_db
def test_refusals_are_kept_within_bounds(client):
    integration = make_guarded()

    for _ in range(103):
        post(client, integration, FAILURE)

    assert InboundMessage.objects.count() == 100


@pytest.mark.django_db
def test_the_other_routes_ask_for_the_same(client):
    integration = make_guarded()
    typed = f"/api/integrations/{integration.template}?integrationId={integration.public_id}"
    key = {"X-Integration-Key": integration.token}

    def send(path, body, **headers):
        return client.post(path, body, content_type="application/json", headers=headers).status_code

    enqueued = {**event(), "routing_key": integration.token}
    assert send(typed, FAILURE) == 401
    assert send(typed, FAILURE, **BEARER) == 202
    assert send(typed, FAILURE, **BEARER, **key) == 202
    assert send(typed, FAILURE, Authorization="Bearer other") == 404
    assert send("/api/events", event(), **key) == 401
    assert send("/api/events", event(), **key, **BEARER) == 202
    assert send("/v2/enqueue", enqueued) == 401
    assert send("/v2/enqueue", enqueued, **BEARER) == 202


@pytest.mark.django_db
def test_what_a_person_tries_out_needs_no_credentials():
    integration = make_guarded(allowed_networks=["192.0.2.0/24"])

    message = replay.send_sample(integration.pk)

    assert message.get_status_display() == "Mapped"
    assert replay.replay(message.pk).status != "rejected"
