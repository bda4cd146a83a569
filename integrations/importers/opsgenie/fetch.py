"""The same files as the backup writes, by the REST API: with ``Authorization: GenieKey …``.

https://docs.opsgenie.com/docs/api-overview
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from integrations.importers.files import Files
from integrations.importers.rest import Rest
from opsportal.lib.net.errors import DeliveryError

PAGE_SIZE = 100
TIMELINE_DAYS = 90
# folder: the list, and whether each row is asked for by itself
LISTS = {
    "users": "/v2/users?expand=contact",
    "teams": "/v2/teams",
    "escalations": "/v2/escalations",
    "schedules": "/v2/schedules?expand=rotation",
    "forwardings": "/v2/forwarding-rules",
    "integrations": "/v2/integrations",
    "policies": "/v1/policies",
    "maintenance": "/v1/maintenance",
}


def fetch(address: str, key: str, tell: Callable[[str], None]) -> Files:
    """The files of an account. A list that is refused is told of, and left out.

    Raises DeliveryError where nothing at all can be read.
    """
    rest = Rest(address, {"Authorization": f"GenieKey {key}"}, tell)
    found: dict[str, Any] = {}
    refused: list[DeliveryError] = []
    for folder in LISTS:
        try:
            for name, row in _files(rest, folder):
                found[f"{folder}/{name}.json"] = row
                if folder == "schedules":
                    _add_timeline(rest, name, found)
        except DeliveryError as error:
            refused.append(DeliveryError(f"{folder}: {error}"))
            tell(f"{folder}: {error}")
    if not found and refused:
        raise refused[0]
    problems = {str(error): str(error) for error in refused}
    return Files(documents=found, problems=problems, folders=set(LISTS))


def _files(rest: Rest, folder: str) -> Iterator[tuple[str, Any]]:
    for row in _pages(rest, LISTS[folder]):
        number = str(row.get("id") or row.get("alias") or "")
        yield number, _whole(rest, folder, number, row)


def _whole(rest: Rest, folder: str, number: str, row: Any) -> Any:
    """A row as the backup writes it: with what is asked for by itself."""
    path = quote(number, safe="")
    if folder == "users":
        return {"user": row, "notificationRuleList": _rules(rest, path)}
    if folder == "teams":
        rules = _data(rest, f"/v2/teams/{path}/routing-rules")
        return {"team": _data(rest, f"/v2/teams/{path}"), "teamRoutingRules": rules}
    if folder == "schedules":
        return {
            "schedule": row,
            "scheduleOverrideList": _data(rest, f"/v2/schedules/{path}/overrides"),
        }
    if folder == "integrations":
        return {"integration": {**_data(rest, f"/v2/integrations/{path}"), "id": number}}
    return row


def _rules(rest: Rest, user: str) -> list[Any]:
    base = f"/v2/users/{user}/notification-rules"
    return [_data(rest, f"{base}/{quote(str(rule['id']), safe='')}") for rule in _data(rest, base)]


def _add_timeline(rest: Rest, schedule: str, found: dict[str, Any]) -> None:
    """Who is on call there for the next 90 days: to compare with."""
    start = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    path = f"/v2/schedules/{quote(schedule, safe='')}/timeline"
    query = f"date={start}&interval={TIMELINE_DAYS}&intervalUnit=days"
    row = _data(rest, f"{path}?{query}")
    found[f"timelines/{schedule}.json"] = row


def _pages(rest: Rest, path: str) -> Iterator[Any]:
    sign = "&" if "?" in path else "?"
    following = f"{path}{sign}limit={PAGE_SIZE}" if path.startswith("/v2/users") else path
    while following:
        answer = rest.get(following)
        rows = answer.get("data") if isinstance(answer, dict) else None
        yield from rows if isinstance(rows, list) else ()
        paging = answer.get("paging") if isinstance(answer, dict) else None
        after = str((paging or {}).get("next") or "")
        following = "" if after == following else after


def _data(rest: Rest, path: str) -> Any:
    answer = rest.get(path)
    found = answer.get("data") if isinstance(answer, dict) else None
    return found if found is not None else {}
