"""Time zones come from the package tzdata, whatever the system has."""

import os
import subprocess
import sys
import zoneinfo
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import pytest
from django.utils import timezone

from integrations.heartbeats.schedule import Schedule

ROOT = Path(__file__).parent.parent.parent
WINTER = datetime(2026, 12, 15, 12, tzinfo=UTC)
# A program that read a zone before the portal was loaded, and then asks what it is.
ASK = """
import zoneinfo
zoneinfo.ZoneInfo("America/Vancouver")
import {module}
from datetime import UTC, datetime
at = datetime(2026, 12, 15, 12, tzinfo=UTC)
print(zoneinfo.TZPATH, at.astimezone(zoneinfo.ZoneInfo("America/Vancouver")).utcoffset())
"""


def test_no_table_of_the_system_is_read():
    assert zoneinfo.TZPATH == ()
    assert available_timezones() == set(files("tzdata").joinpath("zones").read_text().split())


def test_vancouver_keeps_summer_time_in_december_2026():
    vancouver = ZoneInfo("America/Vancouver")

    assert f"{WINTER.astimezone(vancouver):%H:%M %z}" == "05:00 -0700"
    assert Schedule(cron="0 9 * * *", time_zone="America/Vancouver").next_due(WINTER) == datetime(
        2026, 12, 15, 16, tzinfo=UTC
    )


def test_a_page_shows_the_hour_of_the_package():
    with timezone.override("America/Vancouver"):
        assert f"{timezone.localtime(WINTER):%H:%M}" == "05:00"


@pytest.mark.parametrize(
    "module",
    ["opsportal.settings", "opsportal.wsgi", "opsportal.wsgi, opsportal.runtime.web.server"],
)
def test_every_process_reads_the_package(module):
    """Also where PYTHONTZPATH says otherwise."""
    environment = os.environ | {
        "PYTHONTZPATH": "/usr/share/zoneinfo",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
    }

    done = subprocess.run(
        [sys.executable, "-c", ASK.format(module=module)],
        check=False,
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )

    assert done.stdout.splitlines()[-1:] == ["() -1 day, 17:00:00"], done.stderr
