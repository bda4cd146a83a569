"""Engines that may die: processes of their own on the tests' database."""

import json
import os
import subprocess
import sys
from pathlib import Path

from django.conf import settings
from django.db import connection

ROOT = Path(__file__).parent.parent.parent
PATIENCE_S = 120
# Engines, one after the other, until one ends by itself: it takes what is pending. A message of
# the route `poison` is given to the expression. How each ended is printed.
ENGINES = """
import ctypes, json, os, signal
import django
django.setup()
from integrations.engine import engine, pipeline
from integrations.engine.adapters import ADAPTERS
from opsportal.lib.database_roles import use_role
from opsportal.lib.time_budget import kill_when_stuck

pipeline.MAX_PURE_S = 0.5
ADAPTERS["poison"] = lambda body, headers: {poison}
ends = []
while len(ends) < {at_most} and 0 not in ends:
    pid = os.fork()
    if not pid:
        use_role("engine")
        kill_when_stuck()
        while engine.process_pending():
            pass
        os._exit(0)
    ends.append(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
print(json.dumps(ends))
"""


def run(poison, *, at_most=8):
    """As the supervisor does: another engine for each that dies; returns how they ended."""
    with run_python(ENGINES.format(poison=poison, at_most=at_most)) as process:
        output, _ = process.communicate(timeout=PATIENCE_S)
    return json.loads(output)


def start():
    """One that runs, and may be killed."""
    return run_python(ENGINES.format(poison="body", at_most=1).replace("os.fork()", "0"))


def run_python(script):
    """A process with our settings, on the database of this test."""
    # urllib would drop the empty host of a socket.
    server, _, rest = settings.DATABASE_URL.rpartition("/opsportal")
    url = f"{server}/{connection.settings_dict['NAME']}{rest}"
    variables = {"DJANGO_SETTINGS_MODULE": "opsportal.settings", "DATABASE_URL": url}
    return subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
