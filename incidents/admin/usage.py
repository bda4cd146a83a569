"""What uses a row. Each app registers this for the models below it, so that the arrow holds."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from django.db.models import Model

from incidents.models import User

Link = tuple[str, str]
RowT = TypeVar("RowT", bound=Model)
Teller = Callable[[RowT, User], Iterable[Link]]

_TELLERS: dict[type[Model], list[Callable[[Any, User], Iterable[Link]]]] = {}


def tell(model: type[RowT]) -> Callable[[Teller[RowT]], Teller[RowT]]:
    """Register a function of (row, user) that yields a text and an address for each use."""

    def register(teller: Teller[RowT]) -> Teller[RowT]:
        _TELLERS.setdefault(model, []).append(teller)
        return teller

    return register


def used_by(row: Model, user: User) -> list[Link]:
    """Every use of the row that the user may see."""
    return [link for teller in _TELLERS.get(type(row), []) for link in teller(row, user)]
