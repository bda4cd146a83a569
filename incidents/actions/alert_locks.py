"""Incidents with the keys of their alerts, for what moves alerts from one to another."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import ParamSpec, TypeVar

from incidents.errors import DomainError, InvalidRequest
from incidents.models import Alert, Incident
from opsportal.lib.advisory_locks import lock_keys

MAX_TRIES = 10
MAX_OPEN_ALERTS = 2000  # Each needs a lock, of which the server has so many.

P = ParamSpec("P")
R = TypeVar("R")


class AlertsJoin(DomainError):
    """New alerts come in faster than the incidents can be locked."""

    code = "busy"


def retry_when_alerts_join(action: Callable[P, R]) -> Callable[P, R]:
    """Decorate an action that is a transaction: it begins anew where an alert has come between.

    Raises AlertsJoin where that goes on.
    """

    @wraps(action)
    def tried(*args: P.args, **kwargs: P.kwargs) -> R:
        for _ in range(MAX_TRIES - 1):
            try:
                return action(*args, **kwargs)
            except AlertsJoin:
                continue
        return action(*args, **kwargs)

    return tried


def lock_with_alerts(incident_ids: Iterable[int]) -> dict[int, Incident]:
    """These incidents, locked in the order of their ids; before them the keys of their open alerts,
    as whoever reports holds them: nobody waits for each other.

    Raises InvalidRequest for too many alerts, and AlertsJoin where one came between.
    """
    wanted = sorted(set(incident_ids))
    alerts = Alert.objects.open().filter(incident__in=wanted)
    keys = set(alerts.values_list("service_id", "key")[: MAX_OPEN_ALERTS + 1])
    if len(keys) > MAX_OPEN_ALERTS:
        raise InvalidRequest(f"incidents: they have more than {MAX_OPEN_ALERTS} open alerts.")
    lock_keys(keys)
    locked = Incident.objects.select_for_update(no_key=True, of=("self",))
    rows = locked.select_related("service", "assignee", "team").filter(pk__in=wanted)
    found = {incident.pk: incident for incident in rows.order_by("pk")}
    if set(alerts.values_list("service_id", "key")) - keys:
        raise AlertsJoin("New alerts come in at this moment. Try it again.")
    return found
