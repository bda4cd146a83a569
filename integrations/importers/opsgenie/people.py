"""People, their addresses and rules, teams, and who is forwarded to whom."""

from collections.abc import Mapping
from typing import Any

from integrations.importers.neutral import (
    Absence,
    ContactMethod,
    Member,
    Note,
    NoteKind,
    Object,
    Person,
    PersonalRule,
    Team,
)
from integrations.importers.opsgenie.files import Backup, Row, inner, public
from integrations.importers.opsgenie.values import instant, phone, seconds, word

CHANNELS = {"email": "email", "sms": "sms", "voice": "voice"}
REMINDERS = {"just-before": 0, "15-minutes-ago": 15, "1-hour-ago": 60, "1-day-ago": 1440}
MAX_REMINDERS = 3
ADMINS = ("owner", "admin")


def people_of(backup: Backup) -> list[Object]:
    """Those of the folder users, and those whom only other files name."""
    found = backup.build("users", lambda row: _person(backup, row))
    known = {one.id for one in found}
    for number, name in sorted(backup.names.items()):
        if number not in known and "@" in name:
            text = "The folder users says nothing of this person, whom other files name."
            found.append(
                Person(
                    id=number,
                    name=name.partition("@")[0],
                    email=name,
                    notes=(Note(NoteKind.REMARK, text),),
                )
            )
    return found


def _person(backup: Backup, row: Row) -> list[Object]:
    user = inner(row, "user")
    number = str(user.get("id") or backup.person(user))
    methods = [_method(number, one) for one in user.get("userContacts") or ()]
    usable = [one for one in methods if isinstance(one, ContactMethod)]
    by_place = {(one.channel, one.value.lower()): one.id for one in usable}
    lists = row.get("notificationRuleList") or user.get("notificationRules") or ()
    rules, reminders, notes = _rules(lists, by_place)
    if any(one is None for one in methods):
        text = "The mobile app is not taken: each person adds this portal to their own."
        notes.append(Note(NoteKind.NOT_TAKEN, text))
    role = user.get("role")
    role_name = role.get("name") if isinstance(role, Mapping) else role
    person = Person(
        id=number,
        name=str(user.get("fullName") or user["username"]),
        email=str(user["username"]),
        zone=str(user.get("timeZone") or user.get("timezone") or ""),
        is_active=not user.get("blocked"),
        is_admin=word(role_name) in ADMINS,
        rules=tuple(rules),
        reminders=tuple(sorted(reminders.items())[:MAX_REMINDERS]),
        document=public(user),
        notes=tuple(notes),
    )
    return [person, *usable]


def _method(person: str, row: Row) -> ContactMethod | None:
    channel = CHANNELS.get(word(row.get("contactMethod") or row.get("method")))
    value = str(row.get("to") or row.get("value") or "")
    if channel is None or not value:
        return None
    value = value if channel == "email" else phone(value)
    number = str(row.get("id") or f"{person}:{channel}:{value}")
    return ContactMethod(
        id=number, person=person, channel=channel, value=value, document=public(row)
    )


def _rules(
    lists: Any, by_place: Mapping[tuple[str, str], str]
) -> tuple[list[PersonalRule], dict[int, str], list[Note]]:
    """Of new alerts both urgencies, of shifts the reminders, and what is said of the rest."""
    rules: list[PersonalRule] = []
    reminders: dict[int, str] = {}
    notes: list[Note] = []
    for row in lists:
        kind = word(row.get("actionType"))
        if not row.get("enabled", True):
            continue
        if kind == "schedule-start":
            reminders = {**_reminders(row), **reminders}
        elif kind == "create-alert":
            rules += _steps(row, by_place)
            if word((row.get("criteria") or {}).get("type") or "match-all") != "match-all":
                text = "A rule of theirs is for some alerts only; here it is for all."
                notes.append(Note(NoteKind.APPROXIMATE, text))
    if len(reminders) > MAX_REMINDERS:
        text = f"The first {MAX_REMINDERS} reminders are taken."
        notes.append(Note(NoteKind.NOT_TAKEN, text))
    return list(dict.fromkeys(rules)), reminders, notes


def _reminders(row: Row) -> dict[int, str]:
    """Minutes before a shift → the channel of the first step that there is one for here."""
    steps = [step for step in row.get("steps") or () if step.get("enabled", True)]
    methods = [CHANNELS.get(word((step.get("contact") or {}).get("method"))) for step in steps]
    channel = next(filter(None, methods), "email")
    times = map(word, row.get("notificationTime") or ())
    return {REMINDERS[time]: channel for time in times if time in REMINDERS}


def _steps(row: Row, by_place: Mapping[tuple[str, str], str]) -> list[PersonalRule]:
    found = []
    for step in row.get("steps") or ():
        contact = step.get("contact") or {}
        channel = CHANNELS.get(word(contact.get("method")), "")
        value = str(contact.get("to") or "")
        value = value if channel == "email" else phone(value)
        method = by_place.get((channel, value.lower()))
        if method and step.get("enabled", True):
            after = seconds(step.get("sendAfter"))
            found += [
                PersonalRule(urgency=u, after_s=after, contact_method=method) for u in URGENCY
            ]
    return found


URGENCY = ("high", "low")


def team_of(backup: Backup, row: Row) -> Team:
    """A team; its admins manage it here."""
    team = inner(row, "team")
    members = []
    for one in team.get("members") or ():
        is_admin = word(one.get("role")) == "admin"
        roles = ("primary", "manager") if is_admin else ("primary",)
        members.append(Member(person=backup.person(one.get("user")), roles=roles))
    return Team(
        id=str(team["id"]),
        name=str(team["name"]),
        description=str(team.get("description") or ""),
        members=tuple(members),
        document=public(team),
    )


def absence_of(backup: Backup, row: Row) -> list[Object]:
    """A forwarding: the person is away, and the other covers. Raises ValueError."""
    row = inner(row, "forwarding")
    starts, ends = (instant(row.get(name), backup.choices) for name in ("startDate", "endDate"))
    if starts is None or ends is None:
        raise ValueError("a forwarding without a start or an end")
    number = str(row.get("id") or row["alias"])
    person, cover = backup.person(row["fromUser"]), backup.person(row["toUser"])
    return [
        Absence(
            id=number,
            person=person,
            cover=cover,
            starts_at=starts,
            ends_at=ends,
            document=public(row),
        )
    ]
