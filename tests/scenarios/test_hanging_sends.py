"""All that is sent goes to a server that never answers: no step is late for it."""

import socket
import threading
import time

import pytest

from benchmarks.house import House
from benchmarks.timers import SPREAD, TAKEN

pytestmark = [pytest.mark.slow, pytest.mark.endurance]
STEPS, WORKERS = 20, 2
HELD_BACK = "SELECT count(*) FROM notifications_notification WHERE waits_for_lane"


class SilentServer:
    """Takes every connection, and says nothing."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=200)
        self.smtp_port = self.listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.smtp_port}/"
        self.taken = []
        threading.Thread(target=self.take, daemon=True).start()

    def take(self):
        while True:
            try:
                self.taken.append(self.listener.accept()[0])
            except OSError:
                return

    def close(self):
        self.listener.close()
        for taken in self.taken:
            taken.close()


@pytest.fixture
def house(started_empty):
    server = SilentServer()
    try:
        with House(server, copy_of=started_empty) as house:
            house.server = server
            yield house
    finally:
        server.close()


def test_while_all_sends_hang_each_step_is_taken_in_time_and_once(house):
    later = house.fill("later", STEPS)
    house.wait(lambda: not house.pending(), 60, "all runs begun")
    house.fill("hook", 60)
    house.wait(lambda: len(house.server.taken) >= WORKERS, 30, "as many sends as workers")
    house.wait(lambda: house.value(HELD_BACK) > 0, 30, "more waits for them")

    house.sql(SPREAD, f"k-{later}-%", 6, 1, STEPS)
    time.sleep(7)
    house.wait(lambda: len(house.sql(TAKEN, f"k-{later}-%")) >= STEPS, 20, "all steps taken")

    taken = house.sql(TAKEN, f"k-{later}-%")
    assert len({run for run, _ in taken}) == len(taken) == STEPS
    assert max(late_ms for _, late_ms in taken) < 5000
    assert house.value(HELD_BACK) > 0
