#!/usr/bin/env python
"""Run a management command: ``manage.py help`` lists them."""

import os
import sys

from django.core.management import execute_from_command_line

from opsportal.lib.log_redaction import redact_uncaught

if __name__ == "__main__":
    redact_uncaught()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "opsportal.settings")
    execute_from_command_line(sys.argv)
