"""People with their notification rules, and teams."""

from collections.abc import Iterable, Iterator

from integrations.importers.gathering import left_out, remark, without_secrets
from integrations.importers.grafana_oncall.source import Source
from integrations.importers.grafana_oncall.values import duration_s
from integrations.importers.known_zones import known_zones
from integrations.importers.neutral import (
    ContactMethod,
    Member,
    Note,
    Object,
    Person,
    PersonalRule,
    Team,
)
from integrations.importers.rows import Row

CHANNELS = {
    "notify_by_email": "email",
    "notify_by_sms": "sms",
    "notify_by_phone_call": "voice",
}


def read_person(source: Source, row: Row) -> Iterator[Object]:
    """A person, then their addresses. Raises FieldError."""
    id_, notes = row.id(), list[Note]()
    addresses = {"email": row.text("email"), "sms": row.text("phone"), "voice": row.text("phone")}
    zone = row.text("timezone")
    if zone and zone not in known_zones():
        notes.append(remark(f"The time zone {zone!r} is not known here."))
        zone = ""
    own = source.lists.of("rules", "user_id").get(id_, [])
    yield Person(
        id=id_,
        name=row.text("name") or row.id("username"),
        email=row.text("email"),
        zone=zone,
        is_active=row.flag("is_active", True),
        is_admin=row.word("role") == "admin",
        rules=_rules(source, id_, own, addresses, notes),
        document={**without_secrets(row.fields), "rules": [one.fields for one in own]},
        notes=tuple(dict.fromkeys(notes)),
    )
    for channel, value in addresses.items():
        if value:
            yield ContactMethod(id=f"{id_}:{channel}", person=id_, channel=channel, value=value)


def _rules(
    source: Source, person: str, rows: list[Row], addresses: dict[str, str], notes: list[Note]
) -> tuple[PersonalRule, ...]:
    """Important rules are those of high urgency, where any step asks for them; else there are only
    the default ones."""
    important = [row for row in rows if row.flag("important")]
    default = [row for row in rows if not row.flag("important")]
    if not source.has_important_steps:
        if important:
            notes.append(left_out("No step is important: the important rules are left out."))
        important = default
    by_urgency = {"high": important or default, "low": default}
    return tuple(
        PersonalRule(urgency=urgency, after_s=after_s, contact_method=f"{person}:{channel}")
        for urgency, own in by_urgency.items()
        for after_s, channel in _timed(own, addresses, notes)
    )


def _timed(
    rows: Iterable[Row], addresses: dict[str, str], notes: list[Note]
) -> Iterator[tuple[int, str]]:
    """(seconds from the start, channel) of each rule; waits add up."""
    after_s = 0
    for row in sorted(rows, key=lambda one: one.whole("position", 0)):
        kind = row.word("type")
        if kind == "wait":
            after_s += duration_s(row)
        elif kind not in CHANNELS:
            notes.append(left_out(f"A rule {kind.replace('_', ' ')} is left out."))
        elif not addresses[CHANNELS[kind]]:
            notes.append(
                left_out(f"A rule {kind.replace('_', ' ')} is left out: no number is told.")
            )
        else:
            yield after_s, CHANNELS[kind]


def read_team(source: Source, row: Row) -> Iterator[Object]:
    """A team with those who are in it, by its own list and by theirs. Raises FieldError."""
    id_ = row.id()
    members = dict.fromkeys(row.texts("members"))
    for user in source.lists.rows("users"):
        if id_ in user.texts("teams"):
            members[user.id()] = None
    yield Team(
        id=id_,
        name=row.id("name"),
        members=tuple(Member(person=person) for person in members),
        document=without_secrets(row.fields),
    )
