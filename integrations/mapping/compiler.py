"""Rules as people write them (a table from TOML, a form or the API), checked and compiled."""

import difflib
from typing import Any

from integrations.mapping.attributes import compile_attributes, compile_links
from integrations.mapping.conditions import Condition, Group, compile_condition, heed_negations
from integrations.mapping.decode_steps import compile_decode_steps
from integrations.mapping.events import Action
from integrations.mapping.own_samples import check_samples
from integrations.mapping.paths import Path
from integrations.mapping.severities import compile_severity
from integrations.mapping.values import Problems, Value, compile_path, compile_value
from integrations.mapping.variants import Variant
from opsportal.lib.text import as_text

TEXTS = (
    "source",
    "source_name",
    "source_id",
    "dedup_key",
    "url",
    "subject",
    "short_text",
    "long_text",
    "assignee",
    "topic",
    "episode",
)
RECIPIENTS = ("recipient_users", "recipient_groups")
ATTRIBUTES = ("tags", "custom_fields")
FIELDS = (*TEXTS, *RECIPIENTS, *ATTRIBUTES, "status", "severity", "links", "expires_at")

DECISIONS = (
    ("close_when", Action.RESOLVE),
    ("acknowledge_when", Action.ACKNOWLEDGE),
    ("update_when", Action.UPDATE),
    ("open_when", Action.TRIGGER),
)
SHAPE = ("when", "requires", "decode", "each", "ignore", "key", "fields", "severity")
VARIANT_KEYS = (*SHAPE, *(key for key, _ in DECISIONS), "name")
TOP_KEYS = (*VARIANT_KEYS, "source", "variants", "filters", "ignore_acknowledge", "samples")
MAX_VARIANTS = 50
KEYED_BY_ID = "source_id"


def compile_variants(rules: dict[str, Any], problems: Problems) -> tuple[Variant, ...]:
    """One variant for each shape. What stands beside ``variants`` holds for all of them."""
    refuse_unknown(rules, TOP_KEYS, "", problems)
    check_samples(rules.get("samples"), problems)
    shared = {key: rules[key] for key in VARIANT_KEYS if key in rules}
    rows = rules.get("variants")
    if rows is None:
        return (_variant(shared, rules, "", problems),)
    if not isinstance(rows, list) or not 0 < len(rows) <= MAX_VARIANTS:
        problems.append(("variants", f"write a list of 1 to {MAX_VARIANTS} variants"))
        return ()
    found = []
    # A message is unwrapped once for all variants, so that their conditions can look inside.
    shared.pop("decode", None)
    for i, row in enumerate(rows):
        where = f"variants[{i}]."
        if not isinstance(row, dict):
            problems.append((where[:-1], "a variant is a table"))
            continue
        refuse_unknown(row, VARIANT_KEYS, where, problems)
        found.append(_variant(_inherit(shared, row), rules, where, problems))
    return tuple(found)


def compile_filters(raw: Any, problems: Problems) -> Group | None:
    """The filters of an integration: all of these and any of those."""
    if raw in (None, {}, []):
        return None
    if not isinstance(raw, dict) or raw.keys() - {"all", "any", "none"}:
        problems.append(("filters", "write all = [rows] and any = [rows]"))
        return None
    condition = compile_condition(raw, "filters", problems)
    return condition if isinstance(condition, Group) else None


def refuse_unknown(
    raw: dict[str, Any], known: tuple[str, ...], where: str, problems: Problems
) -> None:
    """Note every key that means nothing, with the one that was probably meant."""
    for key in sorted(map(str, raw.keys() - set(known))):
        close = difflib.get_close_matches(key, known, 1)
        mend = f"did you mean {close[0]}?" if close else f"known: {', '.join(sorted(known))}"
        problems.append((f"{where}{key}"[:200], f"no such key; {mend}"))


def _inherit(shared: dict[str, Any], row: dict[str, Any]) -> dict[str, Any]:
    merged = shared | row
    mine, common = row.get("fields"), shared.get("fields")
    if isinstance(mine, dict) and isinstance(common, dict):
        merged["fields"] = common | mine
        for name in ATTRIBUTES:
            if isinstance(mine.get(name), dict) and isinstance(common.get(name), dict):
                merged["fields"][name] = common[name] | mine[name]
    return merged


def _variant(raw: dict[str, Any], rules: dict[str, Any], where: str, problems: Problems) -> Variant:
    fields = _fields(raw.get("fields", {}), where, problems)
    source = as_text(rules.get("source")) or "Custom"
    ignores = rules.get("ignore_acknowledge", True)
    if not isinstance(ignores, bool):
        problems.append(("ignore_acknowledge", "write true or false"))
    if raw.get("key", KEYED_BY_ID) != KEYED_BY_ID:
        problems.append((f"{where}key", f"write key = “{KEYED_BY_ID}”, or nothing"))
    return Variant(
        name=as_text(raw.get("name")) or "message",
        source=source,
        when=compile_condition(raw.get("when"), f"{where}when", problems),
        requires=_paths(raw.get("requires"), f"{where}requires", problems),
        decode=compile_decode_steps(raw.get("decode"), f"{where}decode", problems) if where else (),
        each=_paths(raw.get("each"), f"{where}each", problems),
        ignore=as_text(raw.get("ignore")),
        is_keyed_by_id="key" in raw,
        fields=tuple((name, fields[name]) for name in TEXTS if name in fields),
        status=fields.get("status"),
        severity_text=fields.get("severity"),
        expires_at=fields.get("expires_at"),
        recipients=tuple((name, fields[name]) for name in RECIPIENTS if name in fields),
        attributes=tuple((name, fields[name]) for name in ATTRIBUTES if name in fields),
        links=fields.get("links", ()),
        severity=compile_severity(raw.get("severity"), f"{where}severity", problems),
        decisions=_decisions(raw, where, problems),
        ignores_acknowledge=ignores is not False,
    )


def _fields(raw: Any, where: str, problems: Problems) -> dict[str, Any]:
    where = f"{where}fields."
    if not isinstance(raw, dict):
        problems.append((where[:-1], "write a table: subject = path"))
        return {}
    refuse_unknown(raw, FIELDS, where, problems)
    found: dict[str, Any] = {}
    for name in (name for name in FIELDS if raw.get(name) not in (None, "", [], {})):
        place = f"{where}{name}"
        if name in ATTRIBUTES:
            keeps_types = name == "custom_fields"
            found[name] = compile_attributes(raw[name], place, problems, keeps_types=keeps_types)
        elif name == "links":
            found[name] = compile_links(raw[name], place, problems)
        elif (value := compile_value(raw[name], place, problems)) is not None:
            found[name] = value
    return found


def _decisions(
    raw: dict[str, Any], where: str, problems: Problems
) -> tuple[tuple[Action, Condition | None], ...]:
    """In the order of trial. Without a rule nothing closes, and everything opens."""
    found: list[tuple[Action, Condition | None]] = []
    for key, action in DECISIONS:
        condition = compile_condition(raw.get(key), f"{where}{key}", problems)
        if condition is not None and action in (Action.RESOLVE, Action.ACKNOWLEDGE):
            condition = heed_negations(condition)
        if condition is not None or action is Action.TRIGGER:
            found.append((action, condition))
    return tuple(found)


def _paths(raw: Any, where: str, problems: Problems) -> tuple[Path, ...]:
    rows: list[Value] = [] if raw in (None, "") else raw if isinstance(raw, list) else [raw]
    found = (compile_path(row, where, problems) for row in rows)
    return tuple(path for path in found if path is not None)
