"""What a connection asks of its server, by the role of the process: the same of every server.

A server notices within seconds that a client is gone, whatever query it had asked for, and ends
what takes longer than any query of ours may. Without a role, as in migrations, statements and
transactions may take as long as they need.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db import connection

NO_ROLE = ""
# How long one statement may take. The engine's is shorter than the silence of which the
# supervisor restarts it (opsportal/runtime/watchdog.py).
STATEMENT_TIMEOUTS = {
    NO_ROLE: "0",
    "web": "15s",
    "engine": "30s",
    "scheduler": "30s",
    "worker": "60s",
    "mail_receiver": "30s",
    "chat_poller": "30s",
    "slack_socket": "15s",
    "supervisor": "10s",
}
# How long a statement may wait for a lock. A thread of the web is needed by others.
LOCK_TIMEOUTS = {"web": "5s"}
# https://www.postgresql.org/docs/current/runtime-config-connection.html
SERVER = {
    # A process that was killed: its query ends so soon.
    "client_connection_check_interval": "2s",
    # A machine or network that is gone: nobody closes the connection.
    "tcp_keepalives_idle": "15s",
    "tcp_keepalives_interval": "5s",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "30s",
    "idle_in_transaction_session_timeout": "60s",
}
# Values go to the server beside the statement, everywhere the same: tests see what services do.
BINDING = {"server_side_binding": True}
# These ask the same again and again: the server parses and plans a statement that comes a third
# time once for each connection, which costs it a third less (2026-11-30, at 5 to 40 messages/s).
# https://www.psycopg.org/psycopg3/docs/advanced/prepare.html
PREPARING = {role: {"prepare_threshold": 3} for role in ("engine", "scheduler", "worker")}
UNLIMITED = {"statement_timeout": "0", "idle_in_transaction_session_timeout": "0"}
# The same from the other side: a server that is gone.
# https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
CLIENT = {
    "connect_timeout": 10,  # seconds
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,  # milliseconds
}


def options_by_role(
    given: Mapping[str, Any], overrides: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """Role → Django's ``OPTIONS``. ``given`` are those of the URL, which win.

    ``overrides`` are parameters of the server, as ``statement_timeout=2min``; one without a value,
    as ``client_connection_check_interval=``, is left to the server.
    """
    changed = dict(pair.strip().split("=", 1) for pair in overrides if "=" in pair)
    found = {}
    for role, timeout in STATEMENT_TIMEOUTS.items():
        waits = {"statement_timeout": timeout, "lock_timeout": LOCK_TIMEOUTS.get(role, "0")}
        server = SERVER | waits | changed
        if role == NO_ROLE:
            server |= UNLIMITED
        words = [f"-c {name}={value}" for name, value in server.items() if value]
        options = " ".join([*words, str(given.get("options", ""))]).strip()
        found[role] = {**CLIENT, **BINDING, **PREPARING.get(role, {}), **given, "options": options}
    return found


def use_role(role: str) -> None:
    """Connections of this process are of this role from now on; an open one is closed."""
    connection.settings_dict["OPTIONS"] = settings.DATABASE_ROLES[role]
    connection.close()
