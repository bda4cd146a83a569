"""People, how they are reached, and their teams."""

import re
from collections.abc import Collection, Iterator, Mapping

from integrations.importers.gathering import approximate, left_out, not_taken, remark
from integrations.importers.neutral import (
    ContactMethod,
    Member,
    Note,
    Object,
    Person,
    PersonalRule,
    Team,
)
from integrations.importers.pagerduty.account import Account, document_of, reference
from integrations.importers.pagerduty.zones import zone_of
from integrations.importers.rows import Row

CHANNELS = {
    "email_contact_method": "email",
    "phone_contact_method": "voice",
    "sms_contact_method": "sms",
}
ADMINS = ("admin", "owner", "account_owner", "global_admin")
ON_CALL = ("oncall", "both")
MAX_REMINDERS = 3
MAX_BEFORE_MINUTES = 14 * 24 * 60


def read_person(account: Account, row: Row) -> Iterator[Object]:
    """A person, then their contact methods. Raises FieldError."""
    id_ = row.id()
    methods = [method for method in row.rows("contact_methods") if method.has("address")]
    contacts = [contact for method in methods if (contact := _contact(id_, method))]
    known = {contact.id: contact.channel for contact in contacts}
    notes: list[Note] = []
    zone = zone_of(row.text("time_zone"))
    if row.has("time_zone") and not zone:
        notes.append(remark(f"The time zone {row.text('time_zone')!r} is not known here."))
    reminders = _reminders(account, row, known, notes)
    yield Person(
        id=id_,
        name=row.text("name") or row.text("summary") or row.id("email"),
        email=row.id("email"),
        zone=zone,
        is_admin=row.word("role") in ADMINS,
        rules=tuple(_rules(row, known, notes)),
        reminders=reminders,
        document=document_of(row),
        notes=tuple(notes),
    )
    yield from contacts
    for method in methods:
        if method.word("type") not in CHANNELS:
            why = "A device has to be registered here by its owner, in the settings of the person."
            yield not_taken(method, "contact method", why)


def _contact(person: str, row: Row) -> ContactMethod | None:
    channel = CHANNELS.get(row.word("type"))
    if channel is None:
        return None
    address = row.id("address")
    if channel != "email":
        digits, country = re.sub(r"\D", "", address), row.text("country_code").lstrip("+")
        is_whole = address.startswith("+") or not country
        address = re.sub(r"[^\d+]", "", address) if is_whole else f"+{country}{digits}"
    return ContactMethod(
        id=row.id(),
        person=person,
        channel=channel,
        value=address,
        name=row.text("label"),
        document=document_of(row),
    )


def _rules(row: Row, known: Collection[str], notes: list[Note]) -> Iterator[PersonalRule]:
    for rule in row.rows("notification_rules"):
        if not rule.has("contact_method"):
            continue  # a reference to a rule that was not exported
        method = reference(rule, "contact_method")
        if method not in known:
            notes.append(left_out(f"A notification rule by {method} is left out: {_WHY}"))
            continue
        minutes = rule.between("start_delay_in_minutes", 0, 10_080, 0)
        urgency = "low" if rule.word("urgency", "high") == "low" else "high"
        yield PersonalRule(urgency=urgency, after_s=minutes * 60, contact_method=method)


_WHY = "this contact method is not among those of the person."


def _reminders(
    account: Account, row: Row, channels: Mapping[str, str], notes: list[Note]
) -> tuple[tuple[int, str], ...]:
    """Before shifts; ``channels``: of contact methods, by their ids. Those of the end of a shift
    have no counterpart."""
    rules = row.rows("oncall_handoff_notification_rules")
    rules += account.lists.of("hand_off_rules", "of").get(row.id(), [])
    starts = [rule for rule in rules if rule.word("handoff_type", "both") in ON_CALL]
    if len(starts) < len(rules):
        notes.append(left_out("Reminders of the end of a shift are left out."))
    found: dict[int, str] = {}
    for rule in starts:
        minutes = rule.between("notify_advance_in_minutes", 0, 100_000)
        if minutes > MAX_BEFORE_MINUTES:
            notes.append(approximate("A reminder comes two weeks before a shift at the earliest."))
            minutes = MAX_BEFORE_MINUTES
        found.setdefault(minutes, channels.get(reference(rule, "contact_method"), "email"))
    if len(found) > MAX_REMINDERS:
        notes.append(left_out(f"The first {MAX_REMINDERS} reminders are taken."))
    return tuple(sorted(found.items())[:MAX_REMINDERS])


def read_team(account: Account, row: Row) -> Iterator[Object]:
    """A team with its members, of its own list and of the people's. Raises FieldError."""
    id_ = row.id()
    members: dict[str, Member] = {}
    for listed in [*row.rows("members"), *account.lists.of("members", "of").get(id_, [])]:
        person = reference(listed, "user") or listed.id()
        roles = ("manager",) if listed.word("role") == "manager" else ()
        members[person] = Member(person=person, roles=roles)
    for person in filter(None, account.people_of_teams.get(id_, ())):
        members.setdefault(person, Member(person=person))
    yield Team(
        id=id_,
        name=row.text("name") or row.text("summary") or row.id("name"),
        description=row.text("description"),
        members=tuple(members.values()),
        document=document_of(row),
    )
