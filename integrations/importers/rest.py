"""Reads of another pager's API: JSON, with patience for limits of rate."""

import time
from collections.abc import Callable, Collection, Mapping
from typing import Any

import orjson

from opsportal.lib.net import http
from opsportal.lib.net.errors import DeliveryError

MAX_TRIES = 6
MAX_WAIT_S = 120.0
TIMEOUT_S = 60.0


class Rest:
    """Asks one API. ``tell`` is called with a sentence where it has to wait."""

    def __init__(
        self, address: str, headers: Mapping[str, str], tell: Callable[[str], None]
    ) -> None:
        self.address, self.headers, self.tell = address.rstrip("/"), dict(headers), tell

    def get(self, path: str) -> Any:
        """The JSON at a path or at a whole URL of the same API; waits where it is asked to.

        Raises DeliveryError: refused, not reached, or no JSON.
        """
        return self._ask(path, None, ())

    def post(self, path: str, body: Any, *, answers: Collection[int] = ()) -> Any:
        """The same of what answers this JSON; a status of ``answers`` is no refusal.

        Raises DeliveryError as ``get`` does.
        """
        return self._ask(path, body, answers)

    def _ask(self, path: str, body: Any, answers: Collection[int]) -> Any:
        url = path if path.startswith(("http://", "https://")) else f"{self.address}{path}"
        if not url.startswith(f"{self.address}/"):
            raise DeliveryError("The API leads to another host, which is not followed.")
        for attempt in range(1, MAX_TRIES + 1):
            answer = http.download(url, headers=self.headers, timeout=TIMEOUT_S, json=body)
            if answer.ok or answer.status_code in answers:
                return _json_of(answer.content)
            if answer.status_code not in (429, 502, 503, 504) or attempt == MAX_TRIES:
                method = "GET" if body is None else "POST"
                raise DeliveryError(
                    f"It answered {answer.status_code} to {method} {_path_of(url)}."
                )
            asked_s = http.retry_after_s(answer.headers.get("Retry-After", ""))
            wait_s = min(MAX_WAIT_S, asked_s if asked_s is not None else 2.0**attempt)
            self.tell(f"It asks to wait {wait_s:g} s.")
            time.sleep(wait_s)
        raise AssertionError("unreachable")


def _json_of(content: bytes) -> Any:
    try:
        return orjson.loads(content)
    except ValueError as error:
        raise DeliveryError("It answered something that is no JSON.") from error


def _path_of(url: str) -> str:
    return "/" + url.partition("://")[2].partition("/")[2].partition("?")[0]
