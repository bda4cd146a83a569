"""Outgoing HTTP: every request that the portal makes to somebody else's server.

Nothing here follows a redirect, keeps a cookie, reads a ``.netrc`` or obeys the environment's
proxy. A sentence of an error names the host only: what comes after it is often the secret.
"""

import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from os import getpid
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3 import Timeout
from urllib3.exceptions import HTTPError, ReadTimeoutError

from opsportal.lib.net import connections, deadline
from opsportal.lib.net.errors import DeliveryError

# `_content` and `_content_consumed` of a response are its own affair.
CHECKED_AGAINST = "requests==2.34.2"

MAX_BODY_BYTES = 64 * 1024
MAX_DOWNLOAD_BYTES = 64 * 1024 * 1024
HOSTS_KEPT = 20
USER_AGENT = "OpsPortal/1"

# What reading the JSON of an answer raises where it is none.
RequestException = requests.RequestException


class _Adapter(HTTPAdapter):
    """Keeps one connection for each of the last hosts; belongs to one thread."""

    def __init__(self) -> None:
        super().__init__(pool_connections=HOSTS_KEPT, pool_maxsize=1)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = connections.DIRECT

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = connections.BY_PROXY
        return manager


class _Here(threading.local):
    adapter: _Adapter | None = None
    process = 0  # the id of the process that made the adapter


_here = _Here()


def send(
    method: str,
    url: str,
    *,
    json: Any = None,
    data: Any = None,
    headers: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> requests.Response:
    """The answer, whatever its status, within ``timeout`` seconds for all of it together.

    The body is cut at 64 KiB. Raises DeliveryError for a redirect and for whatever else goes
    wrong; it is ``ambiguous`` only if the request may have arrived.
    """
    request = _prepare(method, url, json=json, data=data, headers=headers)
    return _exchange(request, float(timeout or settings.OUTGOING_TIMEOUT), MAX_BODY_BYTES)


def download(
    url: str,
    *,
    headers: Mapping[str, str],
    timeout: float,
    max_bytes: int = MAX_DOWNLOAD_BYTES,
    json: Any = None,
) -> requests.Response:
    """The answer to a GET, or to a POST of ``json``, with a body of less than 64 MiB, or
    ``max_bytes``, within ``timeout`` seconds.

    Raises DeliveryError as ``send`` does, and for a body that is longer.
    """
    method = "GET" if json is None else "POST"
    response = _exchange(_prepare(method, url, headers=headers, json=json), timeout, max_bytes)
    if len(response.content) >= max_bytes:
        most = f"{max_bytes // 2**20} MiB"
        raise DeliveryError(f"{urlsplit(url).hostname} answered more than {most}.", permanent=True)
    return response


def retry_after_s(value: str) -> float | None:
    """The seconds that a Retry-After asks for, in either form; None where it says nothing."""
    if value.strip().isdecimal():
        return float(value)
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (at - datetime.now(UTC)).total_seconds())


def _exchange(
    request: requests.PreparedRequest, seconds: float, max_bytes: int
) -> requests.Response:
    target = urlsplit(str(request.url))
    deadline.start(seconds)
    try:
        response = _adapter().send(
            request,
            stream=True,
            timeout=Timeout(total=seconds),  # type: ignore[arg-type]
            verify=getattr(settings, "OUTGOING_CA_FILE", "") or True,
            proxies=_proxies(target),
        )
        _read(response, max_bytes)
    except (requests.RequestException, HTTPError, ValueError) as error:
        # The cause is cut off: its text holds the whole URL, and would end in a log.
        raise _in_doubt(target.hostname, error) from None
    _refuse_redirect(target, response)
    return response


def close_connections() -> None:
    """Close this thread's connections; the next request opens new ones."""
    if _here.adapter is not None:
        _here.adapter.close()
        _here.adapter = None


def _adapter() -> _Adapter:
    """This thread's own, and not one that a parent process has used before the fork."""
    if _here.adapter is None or _here.process != getpid():
        _here.adapter, _here.process = _Adapter(), getpid()
    return _here.adapter


def _prepare(method: str, url: str, **parts: Any) -> requests.PreparedRequest:
    headers = {
        "User-Agent": USER_AGENT,
        "Accept": "*/*",
        "Accept-Encoding": "identity",
        **(parts.pop("headers") or {}),
    }
    try:
        scheme = urlsplit(url).scheme
        request = requests.Request(method, url, headers=headers, **parts).prepare()
    except (requests.RequestException, ValueError):
        raise DeliveryError("The URL cannot be used: it is malformed.", permanent=True) from None
    if scheme.lower() not in ("http", "https"):
        raise DeliveryError("The URL has to begin with http:// or https://.", permanent=True)
    return request


def _proxies(target: SplitResult) -> dict[str, str]:
    """A proxy looks names up itself; an address written out is judged here all the same."""
    if not settings.OUTGOING_PROXY:
        return {}
    host = target.hostname or ""
    try:
        why = connections.refusal_of(host, host)
    except ValueError:
        why = ""
    if why:
        raise DeliveryError(why, permanent=True)
    return dict.fromkeys(("http", "https"), settings.OUTGOING_PROXY)


def _read(response: requests.Response, max_bytes: int) -> None:
    """Read the body within the deadline; what is longer is never fetched."""
    try:
        body = response.raw.read(max_bytes + 1, decode_content=True)
    except HTTPError:
        if response.status_code < 300:
            raise  # Accepted, perhaps: only the body would have said.
        body = b""
    if len(body) > max_bytes:
        response.raw.close()
    response._content = body[:max_bytes]
    response._content_consumed = True  # type: ignore[attr-defined]


def _in_doubt(host: str | None, error: Exception) -> DeliveryError:
    if isinstance(error, ValueError):
        return DeliveryError("The URL or a header cannot be used.", permanent=True)
    if isinstance(error, requests.exceptions.ProxyError):
        return DeliveryError("The proxy of OUTGOING_PROXY cannot be reached.", provider_fault=True)
    if isinstance(error, requests.Timeout | ReadTimeoutError):
        return _unsure(f"{host} did not answer in time.")
    return _unsure(f"{host} hung up before it had answered.")


def _unsure(sentence: str) -> DeliveryError:
    return DeliveryError(sentence, ambiguous=True, provider_fault=True)


def _refuse_redirect(target: SplitResult, response: requests.Response) -> None:
    if 300 <= response.status_code < 400 and response.status_code != 304:
        place = urljoin(response.url, response.headers.get("Location", ""))
        raise DeliveryError(
            f"{target.hostname} redirects to {urlsplit(place).hostname}, which is not followed. "
            "Enter the final URL.",
            permanent=True,
        )
