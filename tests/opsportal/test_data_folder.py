"""The data folder is its owner's alone, and a command that starts the database ends it."""

import os
import stat
import subprocess
import sys

import pytest

from opsportal.runtime import data_folder
from tests.portal import OURS, ROOT

IS_ROOT = os.geteuid() == 0


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def open_tree(folder):
    """A data folder as it was left by an earlier version, readable by all."""
    (folder / "mail").mkdir(parents=True)
    (folder / "mail" / "1.eml").write_text("To: dora@x.test")
    (folder / "secret_key").write_text("s")
    (folder / "postgres").mkdir(mode=0o750)
    for path in (folder, folder / "mail", folder / "mail" / "1.eml", folder / "secret_key"):
        path.chmod(0o777 if path.is_dir() else 0o666)
    return folder


def test_what_an_earlier_version_left_open_is_closed(tmp_path):
    folder = open_tree(tmp_path / "data")
    before = mode(folder / "postgres")

    data_folder.close_to_others(folder)

    assert mode(folder) == (0o710 if IS_ROOT else 0o700)
    assert mode(folder / "mail") == 0o700
    assert mode(folder / "mail" / "1.eml") == mode(folder / "secret_key") == 0o600
    assert mode(folder / "postgres") == before


def test_a_folder_for_all_and_what_links_lead_to_stay(tmp_path):
    outside = tmp_path / "elsewhere"
    outside.mkdir()
    outside.chmod(0o755)
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    (shared / "mail").symlink_to(outside)

    data_folder.close_to_others(shared)

    assert mode(shared) == 0o1777
    assert mode(outside) == 0o755


def test_a_folder_that_is_missing_is_no_error(tmp_path):
    data_folder.close_to_others(tmp_path / "none")


def start(folder, code):
    inherited = {name: value for name, value in os.environ.items() if name not in OURS}
    return subprocess.Popen(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", code],
        cwd=ROOT,
        env={**inherited, "DATA_DIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


CONNECT = (
    "from django.db import connection; connection.ensure_connection(); print('in', flush=True);"
)
SLEEP = "import time; time.sleep(100)"
MAIL = "from django.core.mail import send_mail as s; s('Subject', 'Body', None, ['dora@x.test']);"


@pytest.fixture(scope="module")
def folder(make_folder):
    folder = make_folder()
    with start(folder, CONNECT + MAIL) as command:
        assert command.wait(120) == 0, command.stdout.read()
    return folder


def is_running(folder):
    return (folder / "postgres" / "postmaster.pid").exists()


@pytest.mark.slow
def test_a_command_stops_the_server_that_it_started(folder):
    assert (folder / "postgres" / "PG_VERSION").exists()
    assert not is_running(folder)


@pytest.mark.slow
def test_nothing_that_a_command_makes_can_be_read_by_others(folder):
    assert mode(folder) == (0o710 if IS_ROOT else 0o700)
    mails = list((folder / "mail").iterdir())
    assert len(mails) == 1
    kept = [path for path in folder.rglob("*") if "postgres" not in path.parts]
    assert [path for path in [*kept, folder / "postgres"] if mode(path) & 0o077] == []


@pytest.mark.slow
@pytest.mark.parametrize("way", ["an error", "SIGTERM"])
def test_it_is_stopped_however_the_command_ends(folder, way):
    rest = SLEEP if way == "SIGTERM" else "raise ValueError('x')"
    with start(folder, CONNECT + rest) as command:
        assert command.stdout.readline().strip() == "in"
        if way == "SIGTERM":
            command.terminate()
        assert command.wait(60)

    assert not is_running(folder)


@pytest.mark.slow
def test_the_last_of_two_commands_stops_it(folder):
    with start(folder, CONNECT + SLEEP) as first:
        first.stdout.readline()
        with start(folder, CONNECT + SLEEP) as second:
            second.stdout.readline()
            first.terminate()
            first.wait(60)
            was_running = is_running(folder)
            second.terminate()
            second.wait(60)

    assert was_running
    assert not is_running(folder)
    assert not (folder / "stop_after_command").exists()
