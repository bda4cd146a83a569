"""Since when the database has been away, as far as the processes of this node have noticed."""

import time
from datetime import UTC, datetime
from typing import Any

from django.db import InterfaceError, InternalError, OperationalError

from opsportal.lib.shared_numbers import SharedNumbers

SINCE = "since"  # seconds since 1970; 0 while it is there
# SQLSTATE: no connection, a server that shuts down or starts, too many connections, read-only, and
# a disk that is full. Without one the error is of the client: the connection broke, or was refused.
AWAY = ("08", "57P", "53300", "25006", "53100")

RETRY_AFTER_S = 5
API_BODY = {
    "code": "unavailable",
    "detail": "The portal cannot reach its database. Ask again after Retry-After seconds.",
}


class Outage:
    """Its beginning is shared by all processes that are forked after it was made."""

    def __init__(self) -> None:
        self.numbers = SharedNumbers([SINCE])

    def begin(self) -> None:
        """Note that the database is away; an outage that goes on keeps its beginning."""
        if self.since() is None:
            self.numbers[SINCE] = time.time()

    def end(self, **_: Any) -> None:
        """Note that the database is there: it has taken a connection."""
        self.numbers[SINCE] = 0.0

    def since(self) -> datetime | None:
        """When it was first noticed; None while there is no outage. UTC."""
        moment = self.numbers[SINCE]
        return datetime.fromtimestamp(moment, UTC) if moment else None


def is_away(error: BaseException | None) -> bool:
    """Whether an error says that the database is away, and not that a statement was refused."""
    if isinstance(error, InterfaceError):
        return True
    if not isinstance(error, OperationalError | InternalError):
        return False
    state = getattr(error.__cause__, "sqlstate", None)
    return state is None or state.startswith(AWAY)


outage = Outage()
