"""The documents of an installation by its public API, page by page.

https://grafana.com/docs/oncall/latest/oncall-api-reference/
"""

from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import quote

from integrations.importers.fetching import Fetched, Span, ids_in, objects_in, span_ahead
from integrations.importers.files import Files
from integrations.importers.rest import Rest

LISTS = (
    "users",
    "teams",
    "on_call_shifts",
    "shift_swaps",
    "escalation_chains",
    "escalation_policies",
    "personal_notification_rules",
    "integrations",
    "routes",
    "webhooks",
    "user_groups",
)
MAX_PAGES = 10_000
SINCE, UNTIL = "rendered_since", "rendered_until"  # added to a schedule: of what it was asked


def fetch(address: str, key: str, tell: Callable[[str], None]) -> Files:
    """The files of an installation. A list that is refused is told of, and left out.

    Raises DeliveryError where nothing at all can be read.
    """
    rest = Rest(address, {"Authorization": key}, tell)
    fetched, span = Fetched(tell), _days(span_ahead())
    for name in LISTS:
        fetched.take(name, partial(_pages, rest, f"/api/v1/{name}/"))
    listed = fetched.take("schedules", partial(_schedules, rest, span))
    if ids := list(ids_in(listed)):
        fetched.take("final_shifts", partial(_final_shifts, rest, ids, span))
    return fetched.files()


def _days(span: Span) -> Span:
    """Whole days of UTC, for the API asks for days."""
    return f"{span[0][:10]}T00:00:00Z", f"{span[1][:10]}T00:00:00Z"


def _pages(rest: Rest, path: str, query: str = "") -> list[dict[str, Any]]:
    """All pages of a list. Their addresses are made here: those that a page tells may name a host
    behind a proxy."""
    found: list[dict[str, Any]] = []
    for page in range(1, MAX_PAGES):
        answer = rest.get(f"{path}?{query}page={page}")
        if isinstance(answer, list):
            return [one for one in answer if isinstance(one, dict)]
        rows = objects_in(answer, "results")
        found += rows
        if not rows or not answer.get("next"):
            break
    return found


def _schedules(rest: Rest, span: Span) -> list[dict[str, Any]]:
    rows = _pages(rest, "/api/v1/schedules/")
    return [{**row, SINCE: span[0], UNTIL: span[1]} for row in rows]


def _final_shifts(rest: Rest, schedules: list[str], span: Span) -> dict[str, Any]:
    """Who is on call, by schedule; the day on which the span ends is asked for too."""
    query = f"start_date={span[0][:10]}&end_date={span[1][:10]}&"
    return {
        id_: _pages(rest, f"/api/v1/schedules/{quote(id_, safe='')}/final_shifts/", query)
        for id_ in schedules
    }
