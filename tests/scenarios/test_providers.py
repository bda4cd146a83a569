"""A whole portal whose mail server, or whose receivers, are not well."""

import json
import time
import urllib.error
import urllib.request

import pytest

from benchmarks.house import House
from tests.notifications.mail_servers import MailServer
from tests.notifications.servers import Receiver, say_nothing
from tests.rows import at_length

pytestmark = pytest.mark.slow
ATTEMPTS = """
    SELECT n.lane, n.state, n.attempts_made FROM notifications_notification n
    JOIN integrations_inboundmessage m ON m.incident_id = n.incident_id
    WHERE m.source_id LIKE %s AND n.channel <> 'inapp'
"""
UNREACHABLE = "SELECT count(*) FROM incidents_timelineentry WHERE verb = 'unreachable'"


class Outside:
    """Where the portal sends to: a mail server, and receivers."""

    def __init__(self):
        self.mail, self.receivers = MailServer(), []
        self.url, self.smtp_port = self.receiver().url, self.mail.port

    def receiver(self, delay=0, behave=None):
        server = Receiver()
        server.delay, server.behave = delay, behave or server.behave
        self.receivers.append(server)
        return server

    def close(self):
        self.mail.close()
        for server in self.receivers:
            server.over.set()
            server.stop()


@pytest.fixture(scope="module")
def house(started_empty):
    outside = Outside()
    try:
        with House(outside, copy_of=started_empty) as house:
            house.outside = outside
            yield house
    finally:
        outside.close()


def health(house):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{house.port}/healthz", timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def states(house, tag):
    return sorted({(state, made) for _, state, made in house.sql(ATTEMPTS, f"k-{tag}-%")})


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("MAIL", "550 5.4.5 Daily user sending limit exceeded"),
        ("RCPT", "452 4.3.1 insufficient system storage"),
        *at_length(("RCPT", "550 5.7.1 Relaying denied"), ("TEXT", "552 5.3.4 too big")),
    ],
)
def test_a_mail_server_that_refuses_for_three_seconds_costs_nobody_a_page(house, command, answer):
    mail = house.outside.mail
    before = len(mail.texts)
    mail.fail_for(3, **{command: answer})

    tag = house.fill("mail", 3)
    house.wait(lambda: health(house)[0] == 503, 10, "it is said at /healthz")
    note = health(house)[1]["components"]["Email"]["note"]
    error = house.value("SELECT last_error FROM notifications_lane WHERE key = 'Email'")
    told = house.wait(
        lambda: {state for state, _ in states(house, tag)} == {"sent"}, 30, "all told"
    )

    assert "has failed for" in note
    assert answer[:3] in error
    assert answer[:3] not in note
    assert told
    assert len(mail.texts) > before
    assert house.value(UNREACHABLE) == 0
    house.wait(lambda: "Email" not in health(house)[1]["components"], 10, "well again")


def test_a_slow_receiver_is_posted_to_once_and_delays_nobody(house):
    slow = house.outside.receiver(delay=9)
    [place] = house.add_hooks([slow.url])
    slow_tag = house.fill(place, 8)
    house.wait(lambda: len(states(house, slow_tag)) > 0, 20, "begun with")
    time.sleep(1)
    began = time.time()
    mails = len(house.outside.mail.texts)

    house.fill("mail", 1)
    house.wait(lambda: len(house.outside.mail.texts) > mails, 20, "the mail has left")
    took_s = time.time() - began
    house.wait(
        lambda: {state for state, _ in states(house, slow_tag)} == {"sent"}, 120, "all posted"
    )

    assert took_s < 8
    assert states(house, slow_tag) == [("sent", 1)]
    assert len(slow.requests) == 8
    log = (house.folder / "portal.log").read_text()
    assert "restarted" not in log
    assert "was killed" not in log


def test_beside_receivers_that_hang_the_sign_of_life_is_given_and_others_are_told(house):
    hanging = [house.outside.receiver(behave=say_nothing) for _ in range(5)]
    places = house.add_hooks([server.url for server in hanging])
    for place in places:
        house.fill(place, 20)
    times = []
    for _ in range(12):
        began, mails = time.time(), len(house.outside.mail.texts)
        house.fill("mail", 1)
        house.wait(lambda m=mails: len(house.outside.mail.texts) > m, 30, "told", every=0.01)
        times.append(time.time() - began)
        time.sleep(1.1)  # Those of one second are one mail.

    assert sorted(times)[-2] < 3
    assert health(house)[1]["components"]["worker"]["ok"]
