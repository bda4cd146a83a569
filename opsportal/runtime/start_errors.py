"""A start that fails because of where it runs, or of its settings, ends in a sentence."""

import subprocess
import sys

import django.db
import psycopg
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from opsportal.lib.database_errors import UNAVAILABLE
from opsportal.lib.log_redaction import redact_lines

# What the settings raise where a value, the folder or the embedded server cannot be used.
EXPECTED = (ImproperlyConfigured, OSError, ValueError, subprocess.SubprocessError, psycopg.Error)


def load_settings() -> None:
    """Load the settings, which starts the embedded PostgreSQL. Raises SystemExit with why not."""
    try:
        settings.INSTALLED_APPS  # noqa: B018 - they are loaded at the first look
    except EXPECTED as error:
        sys.exit(f"OpsPortal cannot start: {sentence_of(error)}")


def sentence_of(error: BaseException) -> str:
    """What is wrong, for whoever started the process; no secret is named."""
    text = redact_lines(str(error).strip()) or type(error).__name__
    if isinstance(error, subprocess.SubprocessError):
        return "the embedded PostgreSQL does not start. Its log is in DATA_DIR/postgres/log."
    if isinstance(error, PermissionError | FileNotFoundError | NotADirectoryError):
        return f"{error.filename}: {error.strerror}. Is DATA_DIR a folder that it may write to?"
    if isinstance(error, (*UNAVAILABLE, psycopg.Error, django.db.Error)):
        return f"the database does not answer. Is DATABASE_URL right? {text}"
    return text if isinstance(error, OSError) else f"a setting cannot be used. {text}"
