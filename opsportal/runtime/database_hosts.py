"""Several hosts in ``DATABASE_URL``: connect to the one that takes writes."""

from typing import Any

# Of a host that is gone no answer comes; the next one must be tried before anybody notices.
CONNECT_TIMEOUT_S = 2


def with_failover(config: dict[str, Any]) -> dict[str, Any]:
    """The configuration of a database, for the primary of its hosts where it names several.

    Options that the URL sets itself stay.
    """
    options = config.get("OPTIONS", {})
    hosts = str(options.get("host") or config.get("HOST") or "").split(",")
    if len(hosts) < 2:
        return config
    wanted = {"target_session_attrs": "read-write", "connect_timeout": CONNECT_TIMEOUT_S}
    return {**config, "OPTIONS": {**wanted, **options}}
