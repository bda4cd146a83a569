"""The documents of an installation by its GraphQL API, list by list and page by page.

https://goalert.me/docs/
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from integrations.importers.fetching import DAYS, Fetched, objects_in, span_ahead
from integrations.importers.files import Files
from integrations.importers.goalert.query import LISTS, QUERY
from integrations.importers.rest import Rest
from opsportal.lib.net.errors import DeliveryError

PATH = "/api/graphql"
MAX_PAGES = 10_000
MAX_REASON_CHARS = 200
UNPROCESSABLE = 422  # the status of a query that the version there does not understand
Times = dict[str, str]


def fetch(address: str, key: str, tell: Callable[[str], None]) -> Files:
    """The files of an installation, by an API key for `QUERY` or the token of a session. A list
    that is refused is told of, and left out.

    Raises DeliveryError where nothing at all can be read.
    """
    rest = Rest(address, {"Authorization": f"Bearer {key}"}, tell)
    fetched, times = Fetched(tell), _times()
    for name in LISTS:
        fetched.take(name, partial(_pages, rest, name, times))
    for row in fetched.documents.get("schedules.json", ()):
        row["shifts"] = objects_in(row, "sooner") + objects_in(row, "later")
        row.pop("sooner", None)
        row.pop("later", None)
        row |= {"rendered_since": times["start"], "rendered_until": times["end"]}
    return fetched.files()


def _times() -> Times:
    """The next 90 days in two halves: GoAlert tells the shifts of at most 50 at a time."""
    start, end = span_ahead()
    middle = datetime.fromisoformat(start) + timedelta(days=DAYS // 2)
    return {"start": start, "middle": middle.strftime("%Y-%m-%dT%H:%M:%SZ"), "end": end}


def _pages(rest: Rest, name: str, times: Times) -> list[dict[str, Any]]:
    """All pages of a list. Raises DeliveryError."""
    found: list[dict[str, Any]] = []
    after = ""
    for _ in range(MAX_PAGES):
        asked = {"query": QUERY, "variables": {**times, name: True, "after": after}}
        page = _data(rest.post(PATH, asked, answers=(UNPROCESSABLE,))).get(name)
        found += objects_in(page, "nodes")
        info = page.get("pageInfo") if isinstance(page, dict) else None
        following = str(info.get("endCursor") or "") if isinstance(info, dict) else ""
        if not following or following == after or not (info or {}).get("hasNextPage"):
            break
        after = following
    return found


def _data(answer: Any) -> dict[str, Any]:
    """What was asked for. Raises DeliveryError with the first reason where it is refused."""
    row = answer if isinstance(answer, dict) else {}
    if errors := objects_in(row, "errors"):
        reason = " ".join(str(errors[0].get("message") or "").split())[:MAX_REASON_CHARS]
        raise DeliveryError(f"GoAlert refuses: {reason}.")
    data = row.get("data")
    if not isinstance(data, dict):
        raise DeliveryError("It answered nothing that GraphQL answers.")
    return data
