"""From pages to notifications: by which addresses each person is told, and when."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.contrib.auth import get_user_model

from notifications.actions.contact_methods import give_login_address
from notifications.actions.enqueue import CHUNK, enqueue, mark_used, merges, room
from notifications.channels import all_channels
from notifications.models import ContactMethod, Notification, Rule, SharedChannel
from notifications.page import HANDOVER, MERGE, Page, Way, quiet_until, ways

User = get_user_model()


class AddressBook:
    """The usable contact methods and rules of people, read once for a batch of pages."""

    def __init__(self, pages: Sequence[Page]) -> None:
        people = {page.user_id for page in pages if page.user_id}
        shared = {page.shared_channel_id for page in pages if page.shared_channel_id}
        self.methods: dict[int, list[ContactMethod]] = defaultdict(list)
        self.rules: dict[int, list[Rule]] = defaultdict(list)
        self.active: set[int] = set()
        if people:
            self.active = set(
                User.objects.active().filter(pk__in=people).values_list("pk", flat=True)
            )
            usable = ContactMethod.objects.usable().filter(user__in=people)
            for method in usable.filter(channel__in=all_channels()).select_related("user"):
                self.methods[method.user_id].append(method)
            for user_id in sorted(self.active - self.methods.keys()):
                if method := give_login_address(user_id):
                    self.methods[user_id].append(method)
            for rule in Rule.objects.filter(user__in=people):
                self.rules[rule.user_id].append(rule)
        usable_channels = SharedChannel.objects.filter(is_enabled=True, channel__in=all_channels())
        self.shared = usable_channels.in_bulk(shared)

    def by_id(self) -> dict[int, ContactMethod]:
        return {m.pk: m for methods in self.methods.values() for m in methods}


def page(pages: Sequence[Page], *, now: datetime) -> set[str]:
    """Write what has to be sent, and hand what is due over to the workers.

    Returns the intents that reach somebody, now or after a wait; an in-app line alone reaches
    nobody. Runs in the caller's transaction: no step is taken without its notifications.
    """
    book = AddressBook(pages)
    rows: dict[str, Notification] = {}
    reached: set[str] = set()
    for wanted in pages:
        for row in _rows_of(wanted, book, now):
            if row.intent in rows:
                continue
            rows[row.intent] = row
            if all_channels()[row.channel].reaches:
                reached.add(wanted.intent)
    _pace(rows.values(), book, now)
    _hold_back(rows.values(), now)
    written = Notification.objects.bulk_create(rows.values())
    enqueue([row for row in written if row.next_attempt_at == now + HANDOVER])
    return reached


def _rows_of(wanted: Page, book: AddressBook, now: datetime) -> Iterable[Notification]:
    if wanted.shared_channel_id:
        if channel := book.shared.get(wanted.shared_channel_id):
            yield _row(
                wanted,
                f"s{channel.pk}",
                now,
                shared_channel=channel,
                channel=channel.channel,
                address=channel.address,
            )
        return
    if wanted.user_id not in book.active:
        return
    yield _in_app(wanted, now)
    methods = {m.pk: m for m in book.methods[wanted.user_id]}
    for way in ways(wanted, list(methods.values()), book.rules[wanted.user_id]):
        yield _to_person(wanted, way, methods[way.method_id], now)


def _to_person(wanted: Page, way: Way, method: ContactMethod, now: datetime) -> Notification:
    due_at = now + way.after
    if not wanted.urgent:
        due_at = quiet_until(method, due_at) or due_at
    minutes = int(way.after.total_seconds() // 60)
    return _row(
        wanted,
        f"m{method.pk}:{minutes}",
        due_at,
        user_id=wanted.user_id,
        contact_method=method,
        channel=method.channel,
        address=method.address,
    )


def _in_app(wanted: Page, now: datetime) -> Notification:
    """The line in the portal's own list: there as soon as it is written."""
    row = _row(wanted, f"u{wanted.user_id}", now, user_id=wanted.user_id, channel="inapp")
    row.state, row.done_at, row.next_attempt_at = Notification.State.SENT, now, None
    return row


def _row(wanted: Page, way: str, due_at: datetime, **fields: object) -> Notification:
    facts = {"paging_round": wanted.paging_round}
    if wanted.despite_acknowledgement:
        facts["despite_acknowledgement"] = True
    return Notification(
        incident_id=wanted.incident_id,
        event=wanted.event,
        reason=wanted.reason,
        intent=f"{wanted.intent}:{way}",
        urgent=wanted.urgent,
        facts=facts,
        created_at=due_at,
        due_at=due_at,
        next_attempt_at=due_at,
        **fields,
    )


def _pace(rows: Iterable[Notification], book: AddressBook, now: datetime) -> None:
    """What is due goes at once, but on a channel for people at most one message in `MERGE`."""
    methods, used = book.by_id(), set()
    for row in rows:
        row.created_at = now
        if row.next_attempt_at is None or row.next_attempt_at > now:
            continue
        method = methods.get(row.contact_method_id or 0)
        if method is None or not merges(row.channel):
            row.next_attempt_at = now + HANDOVER
            continue
        if method.last_sent_at and method.last_sent_at > now - MERGE:
            row.next_attempt_at = method.last_sent_at + MERGE
            continue
        row.next_attempt_at = now + HANDOVER
        used.add(method.pk)
    if used:
        mark_used(used, now)


def _hold_back(rows: Iterable[Notification], now: datetime) -> None:
    """Of a storm, what the workers cannot begin with soon waits: the scheduler hands it over.

    A few rows are no storm. They go at once, past all that waits.
    """
    handed = [row for row in rows if row.next_attempt_at == now + HANDOVER]
    many = [row for row in handed if not merges(row.channel)]
    if len(many) > CHUNK and room() < len(many):
        for row in many:
            row.next_attempt_at = now
