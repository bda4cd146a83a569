"""People and how they are reached."""

from collections.abc import Iterator

from integrations.importers.gathering import left_out, without_secrets
from integrations.importers.goalert.source import Source, id_of, nodes
from integrations.importers.neutral import ContactMethod, Note, Object, Person, PersonalRule
from integrations.importers.rows import Row

CHANNELS = {
    "email": "email",
    "sms": "sms",
    "voice": "voice",
    "builtin_smtp_email": "email",
    "builtin_twilio_sms": "sms",
    "builtin_twilio_voice": "voice",
}
ADDRESSES = ("value", "address", "email_address", "phone_number")


def read_person(source: Source, row: Row) -> Iterator[Object]:
    """A person, then their contact methods; rules count from the start. Raises FieldError."""
    id_, notes = row.id(), list[Note]()
    methods = []
    for one in nodes(row, "contactMethods"):
        if found := _method(id_, one):
            methods.append(found)
        else:
            name = one.text("name") or one.text("type") or "without a name"
            why = "it is switched off there" if one.flag("disabled") else "there is no such here"
            notes.append(left_out(f"The contact method {name!r} is left out: {why}."))
    known = {one.id for one in methods}
    rules = []
    for rule in nodes(row, "notificationRules"):
        method = id_of(rule, "contactMethodID", "contactMethod")
        if method not in known:
            notes.append(left_out("A notification rule is left out: its contact method is, too."))
            continue
        after_s = rule.between("delayMinutes", 0, 9000, 0) * 60
        rules += [
            PersonalRule(urgency=urgency, after_s=after_s, contact_method=method)
            for urgency in ("high", "low")
        ]
    yield Person(
        id=id_,
        name=row.text("name") or row.text("email") or row.id("name"),
        email=row.text("email"),
        is_active=not row.flag("isDisabled"),
        is_admin=row.word("role") == "admin",
        rules=tuple(rules),
        document=without_secrets(row.fields),
        notes=tuple(dict.fromkeys(notes)),
    )
    yield from methods


def _method(person: str, row: Row) -> ContactMethod | None:
    """None where it is on no channel that is here, or was switched off."""
    destination = row.row("dest")
    kind = (destination or row).word("type").replace("-", "_")
    channel = CHANNELS.get(kind)
    arguments = destination.row("args") if destination else row
    told = [arguments.text(name) for name in ADDRESSES if arguments.has(name)] if arguments else []
    value = told[0] if told else ""
    if channel is None or not value or row.flag("disabled"):
        return None
    return ContactMethod(
        id=row.id(),
        person=person,
        channel=channel,
        value=value,
        name=row.text("name"),
        document=without_secrets(row.fields),
    )
