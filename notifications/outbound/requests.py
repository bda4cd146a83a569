"""The request that a method makes of an incident: the same for its preview and for sending."""

from collections.abc import Mapping
from dataclasses import dataclass

from notifications.channels._base import Config
from notifications.models import OutboundMethod
from notifications.outbound import placeholders
from notifications.outbound.systems.http import headers_of

WITHOUT_BODY = ("GET",)
OWN_HEADERS = {"content-type", "content-length", "host", "authorization", "transfer-encoding"}


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request without its authentication."""

    verb: str
    url: str
    headers: dict[str, str]
    body: str

    @property
    def text(self) -> str:
        """As people read it."""
        head = [f"{self.verb} {self.url}", *(f"{k}: {v}" for k, v in self.headers.items())]
        return "\n".join(head + (["", self.body] if self.body else []))


def header_lines(text: str) -> dict[str, str]:
    """The headers of a text with one on each line. Raises ValueError, with a sentence."""
    found = {}
    for line in text.splitlines():
        if not line.strip():
            continue
        name, colon, value = line.partition(":")
        name = name.strip()
        if not colon or not name.isascii() or not name.replace("-", "").isalnum():
            raise ValueError(f"“{line[:60]}” is no header. Write such as X-Source: OpsPortal.")
        if name.lower() in OWN_HEADERS:
            raise ValueError(f"{name} is set by the portal: leave it out.")
        found[name] = value.strip()
    return found


def prepared(method: OutboundMethod, config: Config, values: Mapping[str, str]) -> Prepared:
    """What would be sent."""
    has_body = method.verb not in WITHOUT_BODY and bool(method.body)
    headers = {
        name: placeholders.fill_header(value, values)
        for name, value in header_lines(method.headers).items()
    }
    if has_body:
        headers["Content-Type"] = f"{method.body_type}; charset=utf-8"
    body = placeholders.fill_body(method.body, values, method.body_type) if has_body else ""
    return Prepared(method.verb, _url(method, config, values), headers, body)


def authentication(config: Config) -> dict[str, str]:
    """The header that is sent besides, and shown nowhere."""
    return headers_of(config)


def _url(method: OutboundMethod, config: Config, values: Mapping[str, str]) -> str:
    path = placeholders.fill_path(method.path, values)
    if not path or path.startswith("?"):
        return f"{config['base_url']}{path}"
    return f"{str(config['base_url']).rstrip('/')}/{path.lstrip('/')}"
