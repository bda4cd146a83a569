"""The simple settings for mails (tags and words), converted to rules and back."""

import copy
from dataclasses import dataclass, field
from typing import Any

EVERY = {
    "dedup_key": ["message_id", "<from> <date> <subject>"],
    "source_name": ["from_name", "from"],
    "source_id": ["message_id", "<date> <subject>"],
}
LINE = "\n"
WHERE = ("subject", "text")
DECISIONS = {"open_when": "open_words", "update_when": "update_words", "close_when": "close_words"}


@dataclass(frozen=True, slots=True)
class Tag:
    """What stands between ``after`` and ``before`` in the subject or the text; without an end tag
    the rest of the line."""

    where: str = "text"
    after: str = ""
    before: str = ""

    @property
    def is_set(self) -> bool:
        return bool(self.after or self.before)

    def rule(self) -> dict[str, str]:
        """As rules have it."""
        start = {"after": self.after} if self.after else {}
        return {"path": self.where, **start, "before": self.before or LINE}


@dataclass(frozen=True, slots=True)
class Extraction:
    """How mails are read. Each mail opens an alert of its own, or tags say what it is about and
    words in the subject or the text what it does to that."""

    every_mail_opens: bool = True
    name: Tag = field(default_factory=Tag)
    id: Tag = field(default_factory=Tag)
    open_words: tuple[str, ...] = ()
    update_words: tuple[str, ...] = ()
    close_words: tuple[str, ...] = ()


def written(rules: dict[str, Any], wanted: Extraction) -> dict[str, Any]:
    """The rules with these settings; everything else in them stays."""
    changed = copy.deepcopy(rules)
    fields = {k: v for k, v in changed.get("fields", {}).items() if k not in EVERY}
    for key in DECISIONS:
        changed.pop(key, None)
    if wanted.every_mail_opens:
        changed["fields"] = copy.deepcopy(EVERY) | fields
        return changed
    fields["source_name"] = [wanted.name.rule(), "from"] if wanted.name.is_set else "from"
    if wanted.id.is_set:
        fields["source_id"] = [wanted.id.rule(), "subject"]
    for key, name in DECISIONS.items():
        if words := getattr(wanted, name):
            changed[key] = _contains(words)
    changed["fields"] = fields
    return changed


def read(rules: dict[str, Any]) -> Extraction | None:
    """The settings that such rules were made of; None where they say more than that."""
    fields = rules.get("fields", {})
    found = Extraction()
    if fields.get("dedup_key") != EVERY["dedup_key"]:
        words = {name: _words(rules.get(key)) for key, name in DECISIONS.items()}
        name, own_id = _tag(fields.get("source_name")), _tag(fields.get("source_id"))
        found = Extraction(False, name, own_id, **words)
    return found if written(rules, found) == rules else None


def _contains(words: tuple[str, ...]) -> dict[str, Any]:
    values = list(words)
    return {"any": [{"path": w, "operator": "contains", "values": list(values)} for w in WHERE]}


def _words(condition: Any) -> tuple[str, ...]:
    try:
        return tuple(condition["any"][0]["values"])
    except (KeyError, IndexError, TypeError):
        return ()


def _tag(value: Any) -> Tag:
    try:
        rule = value[0]
        before = rule.get("before", "")
        return Tag(rule["path"], rule.get("after", ""), "" if before == LINE else before)
    except (KeyError, IndexError, TypeError, AttributeError):
        return Tag()
