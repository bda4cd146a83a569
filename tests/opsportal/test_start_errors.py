"""A start that cannot succeed ends in a sentence that says what to change."""

import os
import re
import socket
import subprocess
import sys

import pytest
from django.core.management import CommandError

from opsportal.runtime import startup
from opsportal.runtime.supervisor import Supervisor
from tests.portal import OURS, ROOT, free_port
from tests.rows import at_length

NOBODY = "postgres://ops:s3cret-word@127.0.0.1:1/ops"


def start(**variables):
    inherited = {name: value for name, value in os.environ.items() if name not in OURS}
    return subprocess.run(
        [sys.executable, "manage.py", "portal"],
        cwd=ROOT,
        env={**inherited, "PORT": str(free_port()), **variables},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"DATABASE_URL": NOBODY}, "the database does not answer. Is DATABASE_URL right?"),
        ({"DATABASE_URL": NOBODY, "PORT": "eighty"}, "a setting cannot be used"),
        ({"DATABASE_URL": NOBODY, "SITE_URL": "https://x.test/pager"}, "SITE_URL=https://x.test,"),
        ({"DATABASE_URL": NOBODY, "HOST": "192.0.2.1"}, "Nobody can listen at HOST=192.0.2.1"),
        ({"DATA_DIR": "/dev/null/data"}, "Is DATA_DIR a folder that it may write to?"),
        *at_length(
            ({"DATABASE_URL": NOBODY, "SITE_URL": "https://[::1"}, "a setting cannot be used"),
            ({"DATABASE_URL": NOBODY, "HOST": "no-such-host.invalid"}, "HOST=no-such-host.invalid"),
        ),
    ],
)
def test_it_says_what_to_change(variables, words, tmp_path):
    answer = start(**{"DATA_DIR": str(tmp_path), **variables})

    assert answer.returncode
    assert words in answer.stderr
    assert "Traceback" not in answer.stderr
    assert "s3cret-word" not in answer.stderr


def test_a_port_that_is_taken_or_none_is_named():
    taken = socket.create_server(("127.0.0.1", 0))
    with taken, pytest.raises(CommandError, match="is in use"):
        startup.demand_port("127.0.0.1", taken.getsockname()[1])
    with pytest.raises(CommandError, match="is no port"):
        startup.demand_port("127.0.0.1", 70_000)


def test_lines_of_the_supervisor_carry_a_time_and_those_that_have_one_no_second(capsys):
    quiet = dict.fromkeys(("before_fork", "on_change", "on_tick", "when_ready"), print)
    supervisor = Supervisor({}, is_ready=lambda: True, **quiet)
    supervisor.selector.close()

    supervisor.log("portal", "engine was killed")
    supervisor.log("engine", "2026-03-02 12:00:00,123 WARNING x y")

    first, second = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"portal    \| \d{4}-\d\d-\d\d \d\d:\d\d:\d\d engine was killed", first)
    assert second == "engine    | 2026-03-02 12:00:00,123 WARNING x y"
