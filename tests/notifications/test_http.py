"""The outgoing client, against real servers on this machine."""

import socket
import time
from functools import partial

import pytest

from opsportal.lib.net import http
from opsportal.lib.net.errors import DeliveryError
from tests.notifications.servers import (
    Receiver,
    answer,
    flood,
    free_port,
    hang_up,
    say_nothing,
    trickle,
)


@pytest.fixture
def names(monkeypatch):
    """What the look-up of a name answers: a list, from which each look-up takes the next."""
    known = {}
    ask = socket.getaddrinfo

    def getaddrinfo(host, port, *args, **kwargs):
        address = known[host].pop(0) if host in known else host
        return ask(address, port, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return known


def failure_of(url, **kwargs):
    with pytest.raises(DeliveryError) as failure:
        http.send("POST", url, **kwargs)
    return failure.value


def test_the_answer_comes_back_with_status_and_body(receiver):
    receiver.behave = partial(answer, status=418, body=b'{"a": 1}')

    response = http.send("POST", receiver.url, json={"x": "ü"}, headers={"X-Note": "1"})

    [(path, headers, body)] = receiver.requests
    assert (response.status_code, response.json()) == (418, {"a": 1})
    assert (path, headers["X-Note"], body) == ("/hook/t0ken", "1", b'{"x": "\\u00fc"}')
    assert headers["User-Agent"].startswith("OpsPortal/")


def test_posts_to_one_host_share_a_connection(receiver):
    for _ in range(3):
        http.send("POST", receiver.url, data=b"x")

    assert len(receiver.requests) == 3
    assert len(receiver.lines) == 1


def test_a_connection_that_idled_too_long_is_not_used_again(receiver, monkeypatch):
    http.send("POST", receiver.url)
    monkeypatch.setattr("opsportal.lib.net.connections.MAX_IDLE_S", 0)

    http.send("POST", receiver.url)

    assert len(receiver.lines) == 2


def test_a_cookie_is_not_carried_to_the_next_request(receiver):
    receiver.behave = partial(answer, Set_Cookie="who=alice; Path=/")

    for _ in range(2):
        http.send("POST", receiver.url)

    assert "Cookie" not in receiver.requests[1][1]


@pytest.mark.parametrize(
    "behavior",
    [
        say_nothing,
        trickle(b""),
        trickle(b"HTTP/1.1 200 OK\r\nX-Long: "),
        trickle(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"),
        trickle(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"),
    ],
    ids=["silence", "status-line", "header", "body", "endless-body"],
)
def test_a_slow_answer_ends_with_the_time_for_all_of_it_and_leaves_doubt(receiver, behavior):
    receiver.behave = behavior
    began = time.monotonic()

    failure = failure_of(receiver.url, timeout=0.4)

    assert 0.3 < time.monotonic() - began < 10
    assert (failure.permanent, failure.ambiguous) == (False, True)
    assert "did not answer in time" in str(failure)


def test_a_kept_connection_is_given_the_whole_time_of_the_next_request(receiver):
    http.send("POST", receiver.url, timeout=2)
    receiver.delay = 2.2

    response = http.send("POST", receiver.url, data=b"x" * 20_000_000, timeout=60)

    assert response.status_code == 200
    assert len(receiver.lines) == 1


def test_a_connection_that_drops_before_the_answer_leaves_doubt(receiver):
    receiver.behave = hang_up

    failure = failure_of(receiver.url)

    assert (failure.permanent, failure.ambiguous) == (False, True)


def test_nobody_at_the_port_can_be_tried_again_without_doubt(local_network):
    failure = failure_of(f"http://127.0.0.1:{free_port()}/")

    assert (failure.permanent, failure.ambiguous) == (False, False)
    assert "127.0.0.1 cannot be reached: Connection refused" in str(failure)


def test_an_unknown_name_can_be_tried_again_without_doubt(local_network, monkeypatch):
    def unknown(*args, **kwargs):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)

    failure = failure_of("https://nobody.example/")

    assert (failure.permanent, failure.ambiguous) == (False, False)
    assert "Name or service not known" in str(failure)


def test_a_look_up_that_hangs_ends_with_the_time_for_all_of_it(receiver, monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: receiver.over.wait(20) and [])

    failure = failure_of(receiver.url, timeout=0.2)

    assert (failure.permanent, failure.ambiguous) == (False, False)
    assert "the look-up of its name took too long" in str(failure)


def test_a_redirect_is_not_followed_and_its_goal_is_named(receiver):
    receiver.behave = partial(answer, status=302, Location="https://elsewhere.example/secret")

    failure = failure_of(receiver.url)

    assert failure.permanent
    assert "redirects to elsewhere.example, which is not followed" in str(failure)
    assert "secret" not in str(failure)
    assert len(receiver.requests) == 1


def test_an_endless_body_is_cut_and_the_line_closed(receiver):
    receiver.behave = flood

    response = http.send("POST", receiver.url, timeout=60)

    assert len(response.content) == http.MAX_BODY_BYTES
    assert receiver.over.wait(60)  # The server has noticed that nobody listens any more.


def test_after_a_body_that_was_cut_the_next_request_works(receiver):
    receiver.behave = partial(answer, body=b"x" * 5_000_000)
    http.send("POST", receiver.url)
    receiver.behave = answer

    assert http.send("POST", receiver.url).content == b"ok"


REFUSED = [
    ("127.0.0.1", "OUTGOING_ALLOW_PRIVATE"),
    ("10.1.2.3", "OUTGOING_ALLOW_PRIVATE"),
    ("172.31.0.1", "OUTGOING_ALLOW_PRIVATE"),
    ("192.168.1.1", "OUTGOING_ALLOW_PRIVATE"),
    ("100.64.0.1", "OUTGOING_ALLOW_PRIVATE"),
    ("::1", "OUTGOING_ALLOW_PRIVATE"),
    ("fd00::1", "OUTGOING_ALLOW_PRIVATE"),
    ("0.0.0.0", "OUTGOING_ALLOWED_HOSTS"),
    ("169.254.169.254", "OUTGOING_ALLOWED_HOSTS"),
    ("fe80::1", "OUTGOING_ALLOWED_HOSTS"),
    ("224.0.0.1", "OUTGOING_ALLOWED_HOSTS"),
    ("ff02::1", "OUTGOING_ALLOWED_HOSTS"),
    ("240.0.0.1", "OUTGOING_ALLOWED_HOSTS"),
    ("255.255.255.255", "OUTGOING_ALLOWED_HOSTS"),
    ("198.18.0.1", "OUTGOING_ALLOWED_HOSTS"),
    ("::", "OUTGOING_ALLOWED_HOSTS"),
    ("::7f00:1", "OUTGOING_ALLOWED_HOSTS"),
    ("::ffff:127.0.0.1", "OUTGOING_ALLOWED_HOSTS"),
    ("64:ff9b::7f00:1", "OUTGOING_ALLOWED_HOSTS"),
    ("2002:7f00:1::", "OUTGOING_ALLOWED_HOSTS"),
    ("2001:0:7f00:1::", "OUTGOING_ALLOWED_HOSTS"),
    ("2001:db8::1", "OUTGOING_ALLOWED_HOSTS"),
]


@pytest.mark.parametrize(("address", "setting"), REFUSED, ids=[a for a, _ in REFUSED])
def test_an_address_that_is_not_public_is_refused(receiver, names, settings, address, setting):
    settings.OUTGOING_ALLOW_PRIVATE = False
    names["hook.example"] = [address]

    failure = failure_of(f"http://hook.example:{receiver.server_port}/")

    assert failure.permanent
    assert setting in str(failure)
    assert receiver.requests == []


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "2130706433", "0x7f.1", "localhost", "0"])
def test_another_spelling_of_this_machine_is_refused_as_well(receiver, settings, host):
    settings.OUTGOING_ALLOW_PRIVATE = False

    failure = failure_of(f"http://{host}:{receiver.server_port}/")

    assert failure.permanent
    assert receiver.requests == []


def test_allowing_private_addresses_does_not_open_the_metadata_of_a_cloud(local_network):
    failure = failure_of("http://169.254.169.254/latest/meta-data/")

    assert "OUTGOING_ALLOWED_HOSTS" in str(failure)


@pytest.mark.parametrize("entry", ["hook.example", "HOOK.example", ".example", "127.0.0.0/8"])
def test_a_listed_host_or_network_is_allowed(receiver, names, settings, entry):
    settings.OUTGOING_ALLOW_PRIVATE = False
    settings.OUTGOING_ALLOWED_HOSTS = [entry]
    names["hook.example"] = ["127.0.0.1"]

    response = http.send("POST", f"http://hook.example:{receiver.server_port}/")

    assert response.status_code == 200
    assert receiver.requests[0][1]["Host"] == f"hook.example:{receiver.server_port}"


@pytest.mark.parametrize("entry", ["example", "other.example", "128.0.0.0/8", ""])
def test_listing_one_host_allows_no_other(receiver, names, settings, entry):
    settings.OUTGOING_ALLOW_PRIVATE = False
    settings.OUTGOING_ALLOWED_HOSTS = [entry]
    names["hook.example"] = ["127.0.0.1"]

    assert failure_of(f"http://hook.example:{receiver.server_port}/").permanent


def test_the_address_that_was_judged_is_the_one_connected_to(
    receiver, names, settings, monkeypatch
):
    """A name that is public when it is looked at and private when it is used."""
    settings.OUTGOING_ALLOW_PRIVATE = False
    names["rebind.example"] = ["8.8.8.8", "127.0.0.1"]
    dialled = []

    def refuse(line, address):
        dialled.append(address[0])
        raise ConnectionRefusedError("Connection refused")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    url = f"http://rebind.example:{receiver.server_port}/"

    first, second = failure_of(url), failure_of(url)

    assert dialled == ["8.8.8.8"]
    assert "cannot be reached" in str(first)
    assert "OUTGOING_ALLOW_PRIVATE" in str(second)


def test_the_proxy_of_the_environment_is_ignored(receiver, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")

    assert http.send("POST", receiver.url).status_code == 200


def test_the_proxy_of_the_settings_is_asked_and_need_not_be_public(receiver, settings):
    settings.OUTGOING_ALLOW_PRIVATE = False
    settings.OUTGOING_PROXY = f"http://127.0.0.1:{receiver.server_port}"

    response = http.send("POST", "http://hook.example/x")

    assert response.status_code == 200
    assert receiver.requests[0][0] == "http://hook.example/x"


def test_a_proxy_is_not_asked_for_a_private_address(receiver, settings):
    settings.OUTGOING_ALLOW_PRIVATE = False
    settings.OUTGOING_PROXY = f"http://127.0.0.1:{receiver.server_port}"

    assert failure_of("http://10.0.0.1/").permanent
    assert receiver.requests == []


def test_a_proxy_that_is_away_can_be_tried_again(local_network, settings):
    settings.OUTGOING_PROXY = f"http://127.0.0.1:{free_port()}"

    failure = failure_of("http://hook.example/")

    assert (failure.permanent, failure.ambiguous) == (False, False)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hook.example",
        "//hook.example/x",
        "ftp://hook.example/",
        "file:///etc/passwd",
        "http://",
        "http://[::1",
        "http://a..b/",
        "http://hook.example:99999/",
        f"http://{'x' * 70}.example/",
    ],
)
def test_an_unusable_url_is_refused_for_good(local_network, url):
    failure = failure_of(url)

    assert (failure.permanent, failure.ambiguous) == (True, False)


def test_a_refusal_whose_body_never_ends_is_a_refusal_all_the_same(receiver):
    receiver.behave = trickle(b"HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n")

    response = http.send("POST", receiver.url, timeout=1.5)

    assert (response.status_code, response.content) == (404, b"")


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "😀"])
def test_a_header_that_cannot_be_one_is_refused_for_good(receiver, value):
    failure = failure_of(receiver.url, headers={"X-Title": value})

    assert failure.permanent
    assert receiver.requests == []


@pytest.mark.parametrize("behavior", [hang_up, say_nothing, partial(answer, status=301)])
def test_an_error_does_not_tell_the_path_that_may_be_a_secret(receiver, behavior):
    receiver.behave = behavior

    failure = failure_of(receiver.url, timeout=0.2)

    assert "t0ken" not in str(failure)
    assert failure.__cause__ is None
    assert failure.__suppress_context__ or failure.__context__ is None


class TestTLS:
    """The certificate is checked for the name, whatever address the name has."""

    @pytest.fixture
    def server(self, certificate, local_network, settings):
        settings.OUTGOING_CA_FILE = certificate.authority
        server = Receiver(tls=certificate.context)
        yield server
        http.close_connections()
        server.stop()

    def test_the_name_of_the_certificate_is_good(self, server, names):
        names["hook.example"] = ["127.0.0.1"]

        assert http.send("POST", f"https://hook.example:{server.server_port}/").ok

    def test_another_name_is_refused_for_good(self, server, names):
        names["other.example"] = ["127.0.0.1"]

        failure = failure_of(f"https://other.example:{server.server_port}/")

        assert failure.permanent
        assert "OUTGOING_CA_FILE" in str(failure)

    def test_an_unknown_authority_is_refused_and_the_mend_is_named(self, server, names, settings):
        settings.OUTGOING_CA_FILE = ""
        names["hook.example"] = ["127.0.0.1"]

        failure = failure_of(f"https://hook.example:{server.server_port}/")

        assert failure.permanent
        assert "OUTGOING_CA_FILE" in str(failure)

    def test_a_server_without_tls_can_be_tried_again(self, receiver):
        failure = failure_of(f"https://127.0.0.1:{receiver.server_port}/")

        assert (failure.permanent, failure.ambiguous) == (False, False)
