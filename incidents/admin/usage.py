"""Who uses what. Each app tells it for the models below it, so that the arrow holds."""

from collections.abc import Callable, Iterable

from django.db.models import Model

Link = tuple[str, str]
Teller = Callable[[Model, Model], Iterable[Link]]

_TELLERS: dict[type[Model], list[Teller]] = {}


def tell(model: type[Model]) -> Callable[[Teller], Teller]:
    """Register a function of (row, user) that yields a text and an address for each use."""

    def register(teller: Teller) -> Teller:
        _TELLERS.setdefault(model, []).append(teller)
        return teller

    return register


def used_by(row: Model, user: Model) -> list[Link]:
    """Every use of the row that the user may see."""
    return [link for teller in _TELLERS.get(type(row), []) for link in teller(row, user)]
