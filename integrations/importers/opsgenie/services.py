"""Teams stand for what is operated: each has a service here, which its integrations report on."""

from typing import Any

from integrations.catalog import find
from integrations.importers.neutral import (
    Integration,
    Note,
    NoteKind,
    Object,
    Other,
    Policy,
    Service,
    Team,
)
from integrations.importers.opsgenie.files import Backup, Row, inner, public
from integrations.importers.opsgenie.people import team_of
from integrations.importers.opsgenie.policies import on_call_policy
from integrations.importers.opsgenie.values import word

MISSING_KEYS = "opsgenie.missing_keys"
GENERIC = "opsgenie"  # the template that takes what the Alert API takes
GLOBAL = "global"
TEMPLATES = {"api": GENERIC, "amazonsns": "aws-sns", "cloudwatch": "aws-cloudwatch"}
MAIL = ("email",)
NOT_TAKEN = {
    "policies": "alert policy",
    "policiesv2": "policy",
    "maintenance": "maintenance",
    "customuserroles": "user role",
}


def team_and_service(backup: Backup, row: Row) -> list[Object]:
    """A team, its service, and the policy that its routing asks for."""
    team = team_of(backup, row)
    rules = row.get("teamRoutingRules") or inner(row, "team").get("teamRoutingRules") or []
    default = [rule for rule in rules if rule.get("isDefault")] or rules[-1:]
    others = [rule for rule in rules if rule not in default]
    policy, made = _policy(team, (default or [{}])[0].get("notify") or {})
    service: Object = Service(
        id=f"team:{team.id}",
        name=team.name,
        team=team.id,
        policy=policy,
        document={"rules": public(default)},
        notes=(Note(NoteKind.REMARK, "The alerts of the team come here."),),
    )
    return [team, service, *made, *(_rule(team, rule) for rule in others)]


def _policy(team: Team, notify: Row) -> tuple[str, list[Policy]]:
    kind, number = word(notify.get("type")), str(notify.get("id") or "")
    if kind == "schedule" and number:
        made = on_call_policy(number, str(notify.get("name") or team.name), team.id)
        return made.id, [made]
    return (number, []) if kind == "escalation" else ("", [])


def _rule(team: Team, rule: Row) -> Other:
    text = "A routing rule with conditions: write it as an override of the integration’s policy."
    return Other(
        id=str(rule["id"]),
        name=f"{team.name}: {rule.get('name') or 'rule'}",
        what="routing rule",
        document=public(rule),
        notes=(Note(NoteKind.NOT_TAKEN, text),),
    )


def integration_of(backup: Backup, row: Row) -> list[Object]:
    """An integration with its key; Other for what has no counterpart."""
    made = inner(row, "integration")
    type_of, key = str(made.get("type") or "API"), str(made.get("apiKey") or "")
    template, notes = _template(type_of, key)
    name, team = (
        str(made.get("name") or type_of),
        str((made.get("ownerTeam") or {}).get("id") or ""),
    )
    if not template:
        return [
            Other(id=str(made["id"]), name=name, what=type_of, document=public(made), notes=notes)
        ]
    if not key:
        notes = (*notes, _ask_for_key())
        if backup.choices.get(MISSING_KEYS) == "skip":
            text = "The export holds no key of it, and it was left out by choice."
            left_out = (Note(NoteKind.NOT_TAKEN, text),)
            return [Other(id=str(made["id"]), name=name, what=type_of, notes=left_out)]
    integration: Object = Integration(
        id=str(made["id"]),
        name=name,
        template=template,
        service=f"team:{team}" if team else GLOBAL,
        team=team,
        key=key,
        is_enabled=made.get("enabled", True) is not False,
        document=public(made),
        notes=notes,
    )
    return [integration]


def _template(type_of: str, key: str) -> tuple[str, tuple[Note, ...]]:
    """The template of a type; the generic one where it has a key and no template, else ''."""
    if word(type_of) in MAIL:
        text = "Make an integration of the channel Email, and let the tool mail to its address."
        return "", (Note(NoteKind.NOT_TAKEN, text),)
    known = find(TEMPLATES.get(word(type_of), type_of))
    if known is not None and known.kind == "api":
        return known.slug, ()
    if not key:
        text = f"There is no template for {type_of}, and the backup holds no key of it."
        return "", (Note(NoteKind.NOT_TAKEN, text),)
    text = f"There is no template for {type_of}: it takes what the Alert API takes."
    return GENERIC, (Note(NoteKind.APPROXIMATE, text),)


def _ask_for_key() -> Note:
    return Note(
        NoteKind.NEEDS_CHOICE,
        "The export holds no key of this integration.",
        MISSING_KEYS,
        (
            ("new", "A new key is made: enter it in the tool."),
            ("skip", "Leave such integrations out."),
        ),
    )


def named_teams(backup: Backup, objects: list[Object]) -> list[Object]:
    """The teams that own something, and of which the backup says no more than the name."""
    known = {one.id for one in objects if isinstance(one, Team)}
    found: dict[str, str] = {}
    for folder in ("schedules", "escalations", "integrations"):
        for _, row in backup.rows.get(folder, ()):
            owner = inner(row, folder.removesuffix("s")).get("ownerTeam") or {}
            if isinstance(owner, dict) and owner.get("id") and owner.get("name"):
                found.setdefault(str(owner["id"]), str(owner["name"]))
    text = "The folder teams says nothing of this team: its members are to be added."
    note = Note(NoteKind.APPROXIMATE, text)
    return [Team(id=i, name=n, notes=(note,)) for i, n in sorted(found.items()) if i not in known]


def global_service(objects: list[Object]) -> list[Object]:
    """The service of integrations that no team owns, where there are such."""
    if not any(isinstance(one, Integration) and one.service == GLOBAL for one in objects):
        return []
    text = "Integrations that no team owns report here."
    return [Service(id=GLOBAL, name="Opsgenie", notes=(Note(NoteKind.REMARK, text),))]


def others_of(backup: Backup) -> list[Object]:
    """What has no counterpart here."""
    found: list[Object] = []
    for folder, what in NOT_TAKEN.items():
        for file, row in backup.rows.get(folder, ()):
            found.append(_other(file, what, row))
    return found


def _other(file: str, what: str, row: Row) -> Other:
    nested: Any = next((value for value in row.values() if isinstance(value, dict)), row)
    inside = row if "id" in row or "name" in row else nested
    name = inside.get("name") or inside.get("description") or file
    return Other(
        id=str(inside.get("id") or file),
        name=str(name),
        what=what,
        document=public(row),
        notes=(Note(NoteKind.NOT_TAKEN, f"A {what} has no counterpart here."),),
    )
