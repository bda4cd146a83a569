"""People with their channels, and teams."""

import re
from collections.abc import Iterator

from integrations.importers.gathering import approximate, left_out, remark, without_secrets
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
from integrations.importers.opsknight.source import Source
from integrations.importers.rows import Row

# In the order in which one of low urgency is told by the first that works.
FLAGS = {
    "pushNotificationsEnabled": "push",
    "smsNotificationsEnabled": "sms",
    "whatsappNotificationsEnabled": "whatsapp",
    "emailNotificationsEnabled": "email",
}
TAKEN = ("sms", "email")


def read_person(source: Source, row: Row) -> Iterator[Object]:
    """A person, then their addresses. Raises FieldError."""
    id_, notes = row.id(), list[Note]()
    number = re.sub(r"[^\d+]", "", row.text("phoneNumber"))
    addresses = {"email": row.id("email"), "sms": number}
    if number and not number.startswith("+"):
        notes.append(remark("The phone number names no country: complete it."))
    zone = row.text("timeZone")
    if zone and zone not in known_zones():
        notes.append(remark(f"The time zone {zone!r} is not known here."))
        zone = ""
    yield Person(
        id=id_,
        name=row.text("name") or addresses["email"],
        email=addresses["email"],
        zone=zone,
        is_active=row.word("status") != "disabled",
        is_admin=row.word("role") == "admin",
        rules=tuple(_rules(row, addresses, notes)),
        document=without_secrets(row.fields),
        notes=tuple(notes),
    )
    for channel, value in addresses.items():
        if value:
            yield ContactMethod(id=f"{id_}:{channel}", person=id_, channel=channel, value=value)


def _rules(row: Row, addresses: dict[str, str], notes: list[Note]) -> Iterator[PersonalRule]:
    """High urgency goes to all channels at once, low to the first."""
    wanted = [channel for flag, channel in FLAGS.items() if row.flag(flag)]
    found = [one for one in wanted if addresses.get(one)]
    notes += [
        left_out(f"Being told by {channel} is left out: set it up here.")
        for channel in wanted
        if channel not in found
    ]
    if not found:
        text = "OpsKnight tells this person by nothing but its own page; here by e-mail."
        notes.append(approximate(text))
        found = ["email"]
    for channel in found:
        yield PersonalRule(urgency="high", after_s=0, contact_method=f"{row.id()}:{channel}")
    yield PersonalRule(urgency="low", after_s=0, contact_method=f"{row.id()}:{found[0]}")


def read_team(source: Source, row: Row) -> Iterator[Object]:
    """A team: its lead is primary and manager, owners and admins are managers. Raises
    FieldError."""
    id_, lead = row.id(), row.text("teamLeadId")
    rows = source.lists.of("members", "teamId").get(id_, [])
    members: dict[str, tuple[str, ...]] = {}
    for one in rows:
        is_manager = one.word("role") in ("owner", "admin")
        is_told = one.flag("receiveTeamNotifications", True)
        members[one.id("userId")] = ("manager",) if is_manager and is_told else ()
    if lead:
        members[lead] = ("primary", "manager")
    silent = [one.id("userId") for one in rows if not one.flag("receiveTeamNotifications", True)]
    notes = [
        approximate(f"{len(silent)} people do not want the team’s pages; here all of it get them.")
    ]
    yield Team(
        id=id_,
        name=row.id("name"),
        description=row.text("description"),
        members=tuple(Member(person=one, roles=roles) for one, roles in members.items()),
        document={**without_secrets(row.fields), "members": [one.fields for one in rows]},
        notes=tuple(notes if silent else ()),
    )
