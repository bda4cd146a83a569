"""Management commands, each in a fork of one process that has loaded the settings and all models.

A process of its own would take ten times as long to be there.
"""

import json
import os
import subprocess
import sys
from urllib.parse import urlsplit

from tests.portal import ROOT

# Reads a line of JSON for each command, and prints one about how it ended.
SERVE = """
import json, os, sys, tempfile, traceback
import django
django.setup()
from django.conf import settings
from django.core.management import BaseCommand, execute_from_command_line
from django.db import connection

BaseCommand.check = lambda *args, **options: None  # The system checks take longer than all else.


def run(command):
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = command["key"], command["fallbacks"]
    connection.settings_dict["NAME"] = command["database"]
    try:
        execute_from_command_line(["manage.py", *command["arguments"]])
    except SystemExit as end:
        return end.code
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


for line in sys.stdin:
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        if not (pid := os.fork()):
            os.dup2(out.fileno(), 1)
            os.dup2(err.fileno(), 2)
            code = run(json.loads(line))
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code or 0)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        for stream in (out, err):
            stream.seek(0)
        print(json.dumps([code, out.read(), err.read()]), flush=True)
"""


class Commands:
    """Runs commands with one SECRET_KEY or another, on one database or another."""

    def __init__(self, **variables):
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVE],
            cwd=ROOT,
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "opsportal.settings", **variables},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, database, *arguments, key, fallbacks=()):
        """How a command ended on the database of this URL, as ``subprocess.run`` says it."""
        command = {
            "database": urlsplit(database).path.lstrip("/"),
            "arguments": arguments,
            "key": key,
            "fallbacks": list(fallbacks),
        }
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        code, said, errors = json.loads(self.process.stdout.readline())
        return subprocess.CompletedProcess(arguments, code, said, errors)

    def close(self):
        self.process.communicate()
