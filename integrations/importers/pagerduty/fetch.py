"""The documents of an account by the REST API, page by page.

https://developer.pagerduty.com/docs/rest-api-overview
"""

from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import quote

from integrations.importers.fetching import Fetched, Span, ids_in, objects_in, span_ahead
from integrations.importers.files import Files
from integrations.importers.rest import Rest

PAGE_SIZE = 100
ACCEPT = "application/vnd.pagerduty+json;version=2"
USERS = "/users?include[]=contact_methods&include[]=notification_rules"
LISTS = {
    "users": USERS,
    "teams": "/teams",
    "escalation_policies": "/escalation_policies",
    "services": "/services?include[]=integrations",
    "business_services": "/business_services",
}
SINCE, UNTIL = "rendered_since", "rendered_until"  # added to a schedule: of what it was asked


def fetch(address: str, key: str, tell: Callable[[str], None]) -> Files:
    """The files of an account. A list that is refused is told of, and left out.

    Raises DeliveryError where nothing at all can be read.
    """
    rest = Rest(address, {"Authorization": f"Token token={key}", "Accept": ACCEPT}, tell)
    fetched, span = Fetched(tell), span_ahead()
    for name, path in LISTS.items():
        fetched.take(name, partial(_pages, rest, path, name))
    teams = list(ids_in(fetched.documents.get("teams.json")))
    users = list(ids_in(fetched.documents.get("users.json")))
    if teams:
        fetched.take("members", partial(_of_each, rest, teams, _members))
    if users:
        rules = "oncall_handoff_notification_rules"
        fetched.take(rules, partial(_of_each, rest, users, _hand_off_rules))
    listed = fetched.take("schedules", partial(_schedules, rest, "", span))
    if schedules := list(ids_in(listed)):
        overrides = partial(_overrides, "", span)
        fetched.take("overrides", partial(_of_each, rest, schedules, overrides))
    _take_shift_based(fetched, rest, span)
    return fetched.files()


def _take_shift_based(fetched: Fetched, rest: Rest, span: Span) -> None:
    """Schedules of v3, which are in a list of their own."""
    listed = fetched.take("v3_schedules", partial(_schedules, rest, "/v3", span))
    if schedules := list(ids_in(listed)):
        overrides = partial(_overrides, "/v3", span)
        fetched.take("v3_overrides", partial(_of_each, rest, schedules, overrides))
        fetched.take(
            "custom_shifts", partial(_of_each, rest, schedules, partial(_custom_shifts, span))
        )


def _pages(rest: Rest, path: str, name: str) -> list[dict[str, Any]]:
    """All pages of a list."""
    found: list[dict[str, Any]] = []
    sign = "&" if "?" in path else "?"
    while True:
        answer = rest.get(f"{path}{sign}limit={PAGE_SIZE}&offset={len(found)}")
        rows = objects_in(answer, name)
        found += rows
        if not rows or not (isinstance(answer, dict) and answer.get("more")):
            return found


def _schedules(rest: Rest, version: str, span: Span) -> list[dict[str, Any]]:
    """Each schedule by itself, with who is on call in a span."""
    since, until = span
    extra = "&include[]=final_schedule" if version else "&overflow=false"
    query = f"since={since}&until={until}&time_zone=UTC{extra}"
    found = []
    for id_ in ids_in(_pages(rest, f"{version}/schedules", "schedules")):
        answer = rest.get(f"{version}/schedules/{quote(id_, safe='')}?{query}")
        schedule = answer.get("schedule") if isinstance(answer, dict) else None
        if isinstance(schedule, dict):
            found.append({**schedule, SINCE: since, UNTIL: until})
    return found


def _of_each(
    rest: Rest, ids: list[str], read: Callable[[Rest, str], list[dict[str, Any]]]
) -> dict[str, list[dict[str, Any]]]:
    """A list of each object, by its id."""
    return {id_: rows for id_ in ids if (rows := read(rest, quote(id_, safe="")))}


def _members(rest: Rest, team: str) -> list[dict[str, Any]]:
    return _pages(rest, f"/teams/{team}/members", "members")


def _hand_off_rules(rest: Rest, user: str) -> list[dict[str, Any]]:
    name = "oncall_handoff_notification_rules"
    return objects_in(rest.get(f"/users/{user}/{name}"), name)


def _overrides(version: str, span: Span, rest: Rest, schedule: str) -> list[dict[str, Any]]:
    query = f"since={span[0]}&until={span[1]}"
    return objects_in(rest.get(f"{version}/schedules/{schedule}/overrides?{query}"), "overrides")


def _custom_shifts(span: Span, rest: Rest, schedule: str) -> list[dict[str, Any]]:
    query = f"since={span[0]}&until={span[1]}"
    path = f"/v3/schedules/{schedule}/custom_shifts?{query}"
    return objects_in(rest.get(path), "custom_shifts")
