"""Alerts that open and close are told to upper apps, in the transaction that writes them."""

from collections.abc import Callable, Iterable

from incidents.models import Alert

# Called with those that opened and those that closed; which they are is found out when asked.
Hearer = Callable[[Iterable[Alert], Iterable[Alert]], None]
HEARERS: list[Hearer] = []


def on_alerts(hear: Hearer) -> Hearer:
    """Register a function that is called with alerts that opened, and with those that closed."""
    HEARERS.append(hear)
    return hear


def tell(*, opened: Iterable[Alert] = (), closed: Iterable[Alert] = ()) -> None:
    """Tell who wants to know."""
    for hear in HEARERS:
        hear(opened, closed)
