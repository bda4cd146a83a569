"""Socket Mode: what people do in Slack comes by a line that the portal opens."""

import time
from types import SimpleNamespace

import django.db
import pytest
from django.utils import timezone

from escalation.actions import process_health
from escalation.models import ProcessHeartbeat
from escalation.slack import socket_line, socket_loop
from notifications.actions import slack_envelopes
from notifications.models import Provider
from opsportal.lib.net import websockets
from opsportal.lib.net.errors import DeliveryError
from opsportal.runtime import health
from tests.escalation.slack.socket_server import PING, SocketServer
from tests.escalation.slack.workspace import CONFIG
from tests.factories import minutes
from tests.notifications.certificates import self_signed
from tests.notifications.fake_slack import APP_TOKEN

BY_SOCKET = CONFIG | {"app_token": APP_TOKEN}
ACCOUNT = SimpleNamespace(key="1", name="Acme", config=BY_SOCKET)


@pytest.fixture
def server(local_network, settings, tmp_path):
    certificate = self_signed("localhost", tmp_path / "localhost.pem")
    settings.OUTGOING_CA_FILE = certificate.authority
    server = SocketServer(certificate.context)
    yield server
    server.stop()


@pytest.fixture
def answers(monkeypatch):
    """What envelopes are answered, by a function that a test may replace; nobody is asked."""
    given = SimpleNamespace(act=lambda envelope: {}, late=[])
    monkeypatch.setattr(
        socket_line, "act_on_envelope", lambda account, envelope: given.act(envelope)
    )
    monkeypatch.setattr(socket_line, "answer_late", lambda *said: given.late.append(said[2]))
    monkeypatch.setattr(socket_line, "close_old_connections", lambda: None)
    return given


@pytest.fixture
def workspace(server, answers, monkeypatch):
    """A workspace that is connected, as a thread of the process would be."""
    monkeypatch.setattr(
        socket_loop, "open_line", lambda account: websockets.connect(server.address, 5)
    )
    monkeypatch.setattr(socket_loop, "MIN_PAUSE_S", 0.01)
    workspace = socket_loop.Workspace(ACCOUNT)
    workspace.thread.start()
    yield workspace
    workspace.stop.set()
    workspace.thread.join(timeout=10)
    assert not workspace.thread.is_alive()


def wait_for(condition):
    ends = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.01)


def envelope(number, **fields):
    return {"envelope_id": f"e{number}", "type": "slash_commands", "payload": {}, **fields}


def test_an_envelope_is_acknowledged_with_what_came_of_it(server, workspace, answers):
    answers.act = lambda envelope: {"text": f"Yours: {envelope['payload']['text']}"}
    line = server.next_line()

    line.send(envelope(1, payload={"text": "#7"}, accepts_response_payload=True))

    assert line.next() == {"envelope_id": "e1", "payload": {"text": "Yours: #7"}}
    assert workspace.error == ""


def test_what_takes_long_is_acknowledged_in_time_and_answered_later(
    server, workspace, answers, monkeypatch
):
    monkeypatch.setattr(socket_line, "ACKNOWLEDGE_WITHIN_S", 0.05)
    line = server.next_line()
    seen = []

    def act(envelope):
        wait_for(lambda: seen)
        return {"text": "done"}

    answers.act = act
    line.send(envelope(1))
    acknowledgement = line.next()
    seen.append(acknowledgement)

    assert acknowledgement == {"envelope_id": "e1"}
    wait_for(lambda: answers.late)
    assert answers.late == [{"text": "done"}]
    assert line.is_quiet


def test_one_that_fails_is_acknowledged_and_the_next_is_answered(server, workspace, answers):
    def act(envelope):
        if envelope["envelope_id"] == "e1":
            raise KeyError("of a form that is not known")
        return {"text": "well"}

    answers.act = act
    line = server.next_line()

    line.send(envelope(1))
    first = line.next()
    line.send(envelope(2))

    assert first == {"envelope_id": "e1"}
    assert line.next() == {"envelope_id": "e2", "payload": {"text": "well"}}


def test_without_the_database_it_is_not_acknowledged_so_that_it_comes_again(
    server, workspace, answers
):
    def act(envelope):
        if envelope["envelope_id"] == "e1":
            raise django.db.OperationalError
        return {}

    answers.act = act
    line = server.next_line()
    line.send(envelope(1))
    line.send(envelope(2))

    assert line.next() == {"envelope_id": "e2"}
    assert line.is_quiet


def test_a_ping_is_answered(server, workspace):
    line = server.next_line()

    line.send(None, PING)

    assert line.next() == "pong"


@pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
def test_the_next_line_is_open_before_the_old_one_is_closed(server, workspace, answers, reason):
    old = server.next_line()
    is_late = []

    def act(envelope):
        wait_for(lambda: is_late)
        return {"text": "late"}

    answers.act = act
    old.send(envelope(1))
    old.send({"type": "disconnect", "reason": reason})
    new = server.next_line()
    assert not old.closed.is_set()
    is_late.append(True)

    assert old.next() == {"envelope_id": "e1", "payload": {"text": "late"}}
    wait_for(old.closed.is_set)
    new.send(envelope(2))
    assert new.next()["envelope_id"] == "e2"


def test_a_line_that_breaks_is_opened_again(server, workspace):
    server.next_line().handler.connection.shutdown(2)

    line = server.next_line()
    line.send(envelope(1))

    assert line.next() == {"envelope_id": "e1"}
    wait_for(lambda: workspace.error == "")


def test_that_socket_mode_was_switched_off_is_said(server, workspace):
    server.next_line().send({"type": "disconnect", "reason": "link_disabled"})

    wait_for(lambda: workspace.error == "Slack ended it: link_disabled")


def test_only_an_encrypted_line_is_opened(monkeypatch):
    account = SimpleNamespace(config={})
    monkeypatch.setattr(slack_envelopes._slack, "call", lambda *_: {"url": "ws://localhost/"})

    with pytest.raises(DeliveryError, match="no address for Socket Mode"):
        slack_envelopes.open_line(account)


def test_only_a_line_to_a_host_that_is_allowed_is_opened(server, settings):
    settings.OUTGOING_ALLOW_PRIVATE = False
    with pytest.raises(DeliveryError):
        websockets.connect(server.address, 5)
    settings.OUTGOING_ALLOW_PRIVATE, settings.OUTGOING_CA_FILE = True, ""
    with pytest.raises(DeliveryError, match="certificate of localhost is not trusted"):
        websockets.connect(server.address, 5)


@pytest.mark.django_db
def test_an_envelope_does_what_the_same_request_would(slack):
    Provider.objects.update(config=BY_SOCKET)
    (account,) = slack_envelopes.socket_accounts()
    command = {"command": "/opsportal", "text": "help", "user_id": "U7", "trigger_id": "1.2"}
    frame = {"envelope_id": "e1", "payload": command}

    answer = slack_envelopes.act_on_envelope(account, {**frame, "accepts_response_payload": True})

    assert "does not know who you are here" in answer["text"]
    assert slack_envelopes.act_on_envelope(account, frame) == {}


@pytest.mark.django_db
def test_the_line_is_asked_for_by_the_token_of_the_app(slack, server):
    slack.socket_url = server.address
    Provider.objects.update(config=BY_SOCKET)
    (account,) = slack_envelopes.socket_accounts()

    slack_envelopes.open_line(account).close(timeout=0)
    Provider.objects.update(config=BY_SOCKET | {"app_token": "xapp-other"})
    (other,) = slack_envelopes.socket_accounts()

    with pytest.raises(DeliveryError, match="invalid_auth"):
        slack_envelopes.open_line(other)


def condition():
    process_health.record_heartbeat("scheduler", now=timezone.now())
    return health.examine(timezone.now()).get(socket_loop.PART)


@pytest.mark.django_db
def test_it_is_wanted_only_where_a_workspace_has_a_token(slack):
    assert not socket_loop.is_wanted()
    Provider.objects.update(config=BY_SOCKET)
    assert socket_loop.is_wanted()
    Provider.objects.update(is_enabled=False)
    assert not socket_loop.is_wanted()


@pytest.mark.django_db
def test_health_says_where_it_is_silent_or_not_connected():
    now = timezone.now()
    assert condition() is None

    process_health.record_heartbeat(socket_loop.PART, now=now, workspaces=1, errors={})
    assert condition().ok
    process_health.record_heartbeat(socket_loop.PART, now=now, workspaces=1, errors={"Acme": "no"})
    assert condition().ok  # The portal works all the same.
    assert condition().full_note == "a Slack workspace is not connected: Acme: no"
    process_health.record_heartbeat(socket_loop.PART, now=now - minutes(1), workspaces=1)
    assert not condition().ok
    assert "has been silent" in condition().note
    process_health.record_heartbeat(socket_loop.PART, now=now - minutes(1), workspaces=0)
    assert condition() is None
    process_health.record_heartbeat(socket_loop.PART, now=now - minutes(1), workspaces=1)
    socket_loop.forget()
    assert condition() is None


@pytest.mark.django_db
def test_workspaces_are_connected_and_left_as_the_settings_are_by_now(slack, monkeypatch):
    def refuse(account):
        raise DeliveryError(f"{account.config['app_token']} is wrong")

    monkeypatch.setattr(socket_loop, "open_line", refuse)
    monkeypatch.setattr(socket_loop, "close_old_connections", lambda: None)
    Provider.objects.update(config=BY_SOCKET)
    loop = socket_loop.SocketLoop()
    loop.look()
    (first,) = loop.workspaces.values()
    Provider.objects.update(config=BY_SOCKET | {"app_token": "xapp-2"})
    loop.look()
    (second,) = loop.workspaces.values()
    wait_for(lambda: "xapp-2" in second.error)
    loop.look()
    facts = ProcessHeartbeat.objects.get(process=socket_loop.PART).facts
    Provider.objects.all().delete()
    loop.look()

    assert first.stop.is_set()
    assert second.stop.is_set()
    assert (facts["workspaces"], facts["errors"]) == (1, {"Acme": "xapp-2 is wrong"})
    assert loop.workspaces == {}
    assert condition() is None
