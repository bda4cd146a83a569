"""Channels whose provider is a server that whoever adds the address names."""

from urllib.parse import urlsplit

from notifications.channels._base import BaseChannel, Config

MAX_HOST_CHARS = 253


class ServerChannel(BaseChannel):
    """Its form has the field ``server``; all addresses on one server share a lane."""

    def url(self, config: Config, path: str) -> str:
        """The address of a path on the server."""
        return f"{config['server'].rstrip('/')}/{path}"

    def describe(self, config: Config) -> str:
        host = _host(config)
        return f"{host}/…" if host else self.label  # The rest is a password.

    def lane(self, config: Config) -> str:
        return f"{self.label} {_host(config)}"


def _host(config: Config) -> str:
    """The host and port, without a user's name and password."""
    place = urlsplit(str(config.get("server") or "")).netloc
    return place.rpartition("@")[2][:MAX_HOST_CHARS]
