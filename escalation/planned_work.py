"""What is planned on services, as those who know of it say: maintenance is known further up."""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import NamedTuple

from incidents.models import User


class PlannedWork(NamedTuple):
    """One time at which alerts of a service are expected; ``url`` is its page."""

    start: datetime
    end: datetime
    name: str
    url: str


# (ids of services, from when, until when, who asks) → what that person may see of it.
Teller = Callable[[Collection[int], datetime, datetime, User], Iterable[PlannedWork]]
_TELLERS: list[Teller] = []


def tell(teller: Teller) -> Teller:
    """Register a function that knows of planned work."""
    _TELLERS.append(teller)
    return teller


def planned_work(
    services: Collection[int], start: datetime, end: datetime, user: User
) -> list[PlannedWork]:
    """What is planned on these services between two times, in order."""
    return sorted(one for teller in _TELLERS for one in teller(services, start, end, user))
