"""Errors of the database after which a process hangs up, and connects anew."""

from django.db import InterfaceError, InternalError, OperationalError

# OperationalError: the server went away, shuts down, starts, or has no connection left.
# InternalError: it has turned read-only (25006), or ended a transaction that was idle (25P03).
# InterfaceError: the connection is closed already.
UNAVAILABLE = (OperationalError, InterfaceError, InternalError)
