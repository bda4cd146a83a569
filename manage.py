#!/usr/bin/env python
"""Run a management command: ``manage.py help`` lists them."""

import os
import sys

from django.core.management import execute_from_command_line

from opsportal.lib.log_redaction import redact_uncaught
from opsportal.runtime import command_database, data_folder, start_errors

if __name__ == "__main__":
    os.umask(data_folder.UMASK)
    redact_uncaught()
    command_database.end_in_order()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "opsportal.settings")
    try:
        start_errors.load_settings()
        execute_from_command_line(sys.argv)
    finally:
        command_database.stop_if_unused()
