"""Turns pages into notifications: by which contact methods each person is told, and when."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model

from incidents.models.people import has_responding_role, is_informed_only
from notifications.actions.choices_of_pages import ChoicesOfPages, labels_of
from notifications.actions.contact_methods import add_login_address, without_login_address
from notifications.actions.enqueue import (
    CHUNK,
    enqueue,
    free_capacity,
    mark_used,
    merges,
    queue_of,
)
from notifications.actions.not_paged import record_opted_out, record_stakeholders
from notifications.channels import all_channels
from notifications.models import ContactMethod, Notification, Rule, SharedChannel
from notifications.page import (
    MERGE_WINDOW,
    PICKUP_TIMEOUT,
    DeliveryRoute,
    Page,
    quiet_until,
    resolve_addresses,
)
from opsportal.lib.bulk_write import insert_all

User = get_user_model()
OPTED_OUT = "you have opted out of its low urgency and news"


class AddressBook:
    """The usable contact methods and rules of people, read once for a batch of pages."""

    def __init__(
        self, people: set[int], shared: set[int], *, adds_login_address: bool = True
    ) -> None:
        self.adds_login_address = adds_login_address
        self.without_address: set[int] = set()  # where the login is not added
        self.methods: dict[int, list[ContactMethod]] = defaultdict(list)
        self.rules: dict[int, list[Rule]] = defaultdict(list)
        self.active: set[int] = set()
        self.responding: set[int] = set()
        self.stakeholders: set[int] = set()
        if people:
            self._read(people)
        usable = SharedChannel.objects.filter(is_enabled=True, channel__in=all_channels())
        self.shared = usable.in_bulk(shared)

    def _read(self, people: set[int]) -> None:
        known = User.objects.active().filter(pk__in=people)
        rights = known.values_list("pk", has_responding_role(), is_informed_only())
        for user_id, responds, is_stakeholder in rights:
            (self.stakeholders if is_stakeholder else self.active).add(user_id)
            if responds:
                self.responding.add(user_id)
        usable = ContactMethod.objects.usable().filter(user__in=people, channel__in=all_channels())
        for method in usable.select_related("user"):
            self.methods[method.user_id].append(method)
        without = self.active - self.methods.keys()
        if not self.adds_login_address:
            self.without_address = without_login_address(without)
            without = set()
        for user_id in sorted(without):
            if login := add_login_address(user_id):
                self.methods[user_id].append(login)
        for rule in Rule.objects.filter(user__in=people):
            self.rules[rule.user_id].append(rule)

    def by_id(self) -> dict[int, ContactMethod]:
        return {m.pk: m for methods in self.methods.values() for m in methods}


def page(pages: Sequence[Page], *, now: datetime) -> set[Page]:
    """Write what has to be sent, and hand what is due over to the workers.

    Returns the pages that reach somebody, now or after a wait; an in-app line alone reaches
    nobody. Runs in the caller's transaction: no step is taken without its notifications.
    """
    people = {page.user_id for page in pages if page.user_id}
    shared = {page.shared_channel_id for page in pages if page.shared_channel_id}
    book, choices = AddressBook(people, shared), ChoicesOfPages(pages)
    rows: dict[tuple[str, str], Notification] = {}
    reached: set[Page] = set()
    record_stakeholders(
        [one for one in pages if one.user_id in book.stakeholders and not one.is_announcement]
    )
    told = [(wanted, choices.applied(wanted)) for wanted in pages]
    held_back = [one for _, one in told if one.opted_out and one.user_id in book.active]
    record_opted_out([one for one in held_back if not one.is_announcement])
    for wanted, applied in told:
        for row in _rows_of(applied, book, now):
            rows.setdefault((row.page_key, row.address_key), row)
            if all_channels()[row.channel].reaches:
                reached.add(wanted)
    _set_first_attempts(rows.values(), book, now)
    _defer_excess(rows.values(), now)
    written = list(rows.values())
    insert_all(written)
    enqueue([row for row in written if row.next_attempt_at == now + PICKUP_TIMEOUT])
    return reached


def _rows_of(wanted: Page, book: AddressBook, now: datetime) -> Iterable[Notification]:
    if wanted.shared_channel_id:
        if channel := book.shared.get(wanted.shared_channel_id):
            yield _row(
                wanted,
                f"channel:{channel.pk}",
                now + timedelta(seconds=wanted.after_s),
                shared_channel=channel,
                channel=channel.channel,
                address=channel.address,
            )
        return
    is_told = wanted.is_announcement and not wanted.notice and wanted.user_id in book.stakeholders
    if wanted.user_id not in book.active and not is_told:
        return
    had_role = wanted.user_id in book.responding
    for row in _rows_of_person(wanted, book, now):
        if had_role:  # What a page lends to whoever has no role ends with the role of who had one.
            row.facts["had_role"] = True
        yield row


def _rows_of_person(wanted: Page, book: AddressBook, now: datetime) -> Iterable[Notification]:
    if wanted.opted_out:
        yield _in_app(replace(wanted, reason=f"{wanted.reason}; {OPTED_OUT}"), now)
        return
    yield _in_app(wanted, now)
    user_id = wanted.user_id or 0
    methods = {m.pk: m for m in book.methods[user_id]}
    chosen = wanted.service_channels
    if chosen and not any(method.channel in chosen for method in methods.values()):
        why = f"none of the channels of the service ({labels_of(chosen)}) is yours"
        wanted = replace(wanted, reason=f"{wanted.reason}; {why}, so all of yours are used")
    for route in resolve_addresses(wanted, list(methods.values()), book.rules[user_id]):
        yield _to_person(wanted, route, methods[route.method_id], now)


def _to_person(
    wanted: Page, route: DeliveryRoute, method: ContactMethod, now: datetime
) -> Notification:
    due_at = now + timedelta(seconds=wanted.after_s) + route.after
    if not wanted.urgent:
        due_at = quiet_until(method, due_at) or due_at
    minutes = int(route.after.total_seconds() // 60)
    return _row(
        wanted,
        f"method:{method.pk}:{minutes}",
        due_at,
        user_id=wanted.user_id,
        contact_method=method,
        channel=method.channel,
        address=method.address,
    )


def _in_app(wanted: Page, now: datetime) -> Notification:
    """The line in the portal's own list: there as soon as it is written."""
    row = _row(wanted, f"user:{wanted.user_id}", now, user_id=wanted.user_id, channel="inapp")
    row.state, row.done_at, row.next_attempt_at = Notification.State.SENT, now, None
    return row


def _row(wanted: Page, address_key: str, due_at: datetime, **fields: object) -> Notification:
    facts: dict[str, Any] = {"paging_round": wanted.paging_round}
    if wanted.subject or wanted.text:
        facts |= {"subject": wanted.subject, "text": wanted.text}
    if wanted.despite_acknowledgement:
        facts["despite_acknowledgement"] = True
    if wanted.is_team_contact:
        facts["team_contact"] = True
    if wanted.is_request:
        facts["is_request"] = True
    if wanted.notice:
        facts["notice"] = asdict(wanted.notice)
    return Notification(
        incident_id=wanted.incident_id,
        event=wanted.event,
        reason=wanted.reason,
        page_key=wanted.page_key,
        address_key=address_key,
        urgent=wanted.urgent,
        is_announcement=wanted.is_announcement,
        facts=facts,
        created_at=due_at,
        due_at=due_at,
        next_attempt_at=due_at,
        **fields,
    )


def _set_first_attempts(rows: Iterable[Notification], book: AddressBook, now: datetime) -> None:
    """What is due goes at once, but to a person at most one message in `MERGE_WINDOW`."""
    methods, used = book.by_id(), set()
    for row in rows:
        row.created_at = now
        if row.next_attempt_at is None or row.next_attempt_at > now:
            continue
        method = methods.get(row.contact_method_id or 0)
        if method is None or not merges(row.channel):
            row.next_attempt_at = now + PICKUP_TIMEOUT
            continue
        if method.last_sent_at and method.last_sent_at > now - MERGE_WINDOW:
            row.next_attempt_at = method.last_sent_at + MERGE_WINDOW
            continue
        row.next_attempt_at = now + PICKUP_TIMEOUT
        used.add(method.pk)
    if used:
        mark_used(used, now)


def _defer_excess(rows: Iterable[Notification], now: datetime) -> None:
    """Of a storm, what the workers cannot begin with soon waits: the scheduler dispatches it.

    A few rows are no storm. They go at once, past all that waits.
    """
    handed = [row for row in rows if row.next_attempt_at == now + PICKUP_TIMEOUT]
    many = [row for row in handed if not merges(row.channel)]
    if len(many) > CHUNK and free_capacity(queue_of(many[0])) < len(many):
        for row in many:
            row.next_attempt_at = now
