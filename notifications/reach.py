"""By what people and shared channels would be told, and when: nothing is written or sent."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from notifications.actions.page import AddressBook
from notifications.channels import all_channels
from notifications.contact_hours import is_within, opening
from notifications.models import ContactMethod
from notifications.page import Page, quiet_until, resolve_addresses

LOGIN = "email"  # Whoever has no address gets that of the login when they are paged.


class Way(NamedTuple):
    """One message: by which channel, when, and whether quiet hours moved it."""

    channel: str
    label: str
    at: datetime
    is_late: bool = False


class Reach:
    """The addresses and rules of these people and shared channels, as they are now."""

    def __init__(self, users: Iterable[int], shared_channels: Iterable[int]) -> None:
        self.book = AddressBook(set(users), set(shared_channels), adds_login_address=False)

    def ways(self, page: Page, now: datetime, *, by_hours: bool = True) -> list[Way]:
        """The messages of a page that is written at an instant, the first first; [] for nobody.

        ``by_hours``: of high urgency without those that are outside the hours of their address.
        """
        if page.shared_channel_id:
            channel = self.book.shared.get(page.shared_channel_id)
            at = now + timedelta(seconds=page.after_s)
            return [_way(channel.channel, at)] if channel else []
        user_id = page.user_id or 0
        if user_id not in self.book.active:
            return []
        if user_id in self.book.without_address:
            return [_way(LOGIN, now)]
        methods = {method.pk: method for method in self.book.methods.get(user_id, [])}
        routes = [
            (now + timedelta(seconds=page.after_s) + route.after, methods[route.method_id])
            for route in resolve_addresses(page, list(methods.values()), self.book.rules[user_id])
        ]
        routes.sort(key=lambda route: route[0])
        if page.urgent:
            used = _within_hours(routes, list(methods.values())) if by_hours else routes
            return [_way(method.channel, at) for at, method in used]
        found = []
        for at, method in routes:
            late = quiet_until(method, at) or at
            late = opening(method, late) or late
            found.append(_way(method.channel, late, is_late=late != at))
        return sorted(found, key=lambda way: way.at)


def _within_hours(
    routes: list[tuple[datetime, ContactMethod]], methods: list[ContactMethod]
) -> list[tuple[datetime, ContactMethod]]:
    """The routes that are used; where none is within its hours the first other address that is,
    else the first of all."""
    inside = [(at, method) for at, method in routes if is_within(method, at)]
    if not routes or inside[:1] == routes[:1]:
        return inside
    at = routes[0][0]  # What is within its hours comes in place of the first that is not.
    if inside:
        return [(at, inside[0][1]), *inside[1:]]
    others = [(at, method) for method in methods if is_within(method, at)]
    return others[:1] or routes[:1]


def _way(channel: str, at: datetime, *, is_late: bool = False) -> Way:
    return Way(channel, all_channels()[channel].label, at, is_late)
