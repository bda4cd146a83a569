"""A variant: one shape of a vendor's messages, and the rules for its fields."""

from dataclasses import dataclass
from typing import Any

from integrations.mapping.attributes import Attributes, Link, names
from integrations.mapping.conditions import Condition
from integrations.mapping.contained_words import opening_wins
from integrations.mapping.decode_steps import AnyStep
from integrations.mapping.events import Action, Event, key_of
from integrations.mapping.identity import identity_of
from integrations.mapping.paths import Path, Scope
from integrations.mapping.severities import SeverityTable
from integrations.mapping.timestamps import parse_timestamp
from integrations.mapping.values import First, Value, read_whole
from opsportal.lib.text import as_text

MAX_ITEMS = 50_000
MIN_REQUIRED = 3  # paths, by which a shape is known that opens whatever comes
IDENTITY = ("source_name", "source_id", "dedup_key")
ACKNOWLEDGE_IGNORED = "the sender says it is acknowledged; that alone does not stop the paging"


@dataclass(frozen=True, slots=True)
class Variant:
    """The compiled rules of one shape."""

    name: str
    source: str
    when: Condition | None
    requires: tuple[Path, ...]
    decode: tuple[AnyStep, ...]
    each: tuple[Path, ...]
    ignore: str
    is_keyed_by_id: bool
    fields: tuple[tuple[str, Value], ...]
    status: Value | None
    severity_text: Value | None
    expires_at: Value | None
    recipients: tuple[tuple[str, Value], ...]
    attributes: tuple[tuple[str, Attributes], ...]
    links: tuple[Link, ...]
    severity: SeverityTable
    decisions: tuple[tuple[Action, Condition | None], ...]
    ignores_acknowledge: bool

    @property
    def expects(self) -> str:
        """What a message of this shape would have had."""
        if self.requires:
            return " and ".join(path.text for path in self.requires)
        return self.when.says if self.when else self.name

    @property
    def specificity(self) -> int:
        """How much a message must have to be of this shape."""
        return len(self.requires) + (self.when.size if self.when else 0)

    def match(self, scope: Scope) -> Scope | None:
        """The message after the decode steps of this variant; None if it is of another shape."""
        inner = self._inside(scope)
        return inner if inner is not None and not self._missing(inner) else None

    def match_nearly(self, scope: Scope) -> tuple[int, Scope] | None:
        """The same where little of what is required is missing, and how much that is.

        What is required tells one shape from another, and is not always sent. So it is enough that
        the message says which problem it is about, and that its status asks for something.
        """
        inner = self._inside(scope)
        if inner is None or self.ignore:
            return None
        missing = self._missing(inner)
        if missing > max(1, len(self.requires) // 3) or missing >= len(self.requires):
            return None
        items = self.items(inner)
        return (missing, inner) if items and self._says_enough(items[0]) else None

    def _inside(self, scope: Scope) -> Scope | None:
        if self.when is not None and not self.when.fits(scope):
            return None
        body = scope.body
        for step in self.decode:
            body = step.apply(body, scope.query)
        return Scope(body, body, scope.headers, scope.query, at=scope.at)

    def _missing(self, inner: Scope) -> int:
        return sum(path.value(inner) is None for path in self.requires)

    def _says_enough(self, scope: Scope) -> bool:
        if self.decisions[-1][1] is None and len(self.requires) < MIN_REQUIRED:
            return False  # Everything opens: that says nothing.
        event = self.event(scope, 0)
        return bool(event.action and not event.error and (event.source_id or event.dedup_key))

    def items(self, scope: Scope) -> list[Scope] | None:
        """One scope for each event of the message; None when what holds them is missing."""
        if not self.each:
            return [scope]
        found: list[Scope] | None = None
        for path in self.each:
            for holder in path.hits(scope):
                if isinstance(holder, list | dict):
                    found = found or []
                    parts = holder if isinstance(holder, list) else [holder]
                    found += [
                        Scope(part, scope.body, scope.headers, scope.query, path.text, scope.at)
                        for part in parts
                    ]
        return found

    def event(self, scope: Scope, index: int) -> Event:
        """The event of one item. What is wrong with it is said in its ``error``."""
        if self.ignore:
            return Event(reason=self.ignore, source=self.source, index=index)
        if self.each and not isinstance(scope.item, list | dict):
            text = as_text(scope.item)[:80] or "null"
            error = f"item {index + 1} is no object but {text}"
            return Event(error=error, source=self.source, index=index)
        try:
            return self._event(scope, index)
        except Exception as error:  # noqa: BLE001 - one bad item must not lose the others
            said = f"item {index + 1} could not be mapped: {error!r}"
            return Event(error=said, source=self.source, index=index)

    def decide(self, scope: Scope) -> tuple[Action, str]:
        """Close is tried before open: what fits both ends the alert and never pages twice.

        Where both are only words within a text, opening wins.
        """
        status = self.status.raw(scope) if self.status else None
        opening = self.decisions[-1][1]
        for action, condition in self.decisions:
            if condition is None or condition.fits(scope, status):
                if condition and opening and opening_wins(opening, condition, scope, status):
                    return Action.TRIGGER, opening.says
                if action is Action.ACKNOWLEDGE and self.ignores_acknowledge:
                    return Action.UPDATE, ACKNOWLEDGE_IGNORED
                return action, condition.says if condition else "every message opens"
        expected = "; ".join(f"{a} when {c.says}" for a, c in self.decisions if c)
        text = self.status.read(scope) if self.status else ""
        return Action.NONE, f"status “{text}” fits no condition ({expected})"

    def explain(self, scope: Scope, index: int) -> dict[str, Any]:
        """Every field with its value and the rule that gave it, for previews."""
        event = self.event(scope, index)
        found = {
            name: {"value": getattr(event, name), "rule": _rule(value, scope)}
            for name, value in (*self.fields, *self.recipients)
        }
        if self.status:
            found["status"] = {"value": event.status, "rule": _rule(self.status, scope)}
        if self.severity_text:
            rule = f"{_rule(self.severity_text, scope)}: “{event.severity_text}”"
            found["severity"] = {"value": event.severity, "rule": rule}
        if self.expires_at:
            rule = _rule(self.expires_at, scope)
            found["expires_at"] = {"value": event.expires_at, "rule": rule}
        found |= {
            name: {"value": getattr(event, name), "rule": name} for name, _ in self.attributes
        }
        if self.links:
            found["links"] = {"value": [list(link) for link in event.links], "rule": "links"}
        about = ("action", "reason", "error", "key", "index")
        return {"variant": self.name, "fields": found} | {k: getattr(event, k) for k in about}

    def _event(self, scope: Scope, index: int) -> Event:
        action, reason = self.decide(scope)
        severity_text = self.severity_text.read(scope) if self.severity_text else ""
        found: dict[str, Any] = {"source": self.source}
        found |= {name: text for name, value in self.fields if (text := _read(name, value, scope))}
        found |= {name: names(value.raw(scope)) for name, value in self.recipients}
        found |= {name: details.read(scope) for name, details in self.attributes}
        status = self.status.read(scope) if self.status else ""
        if not any(found.get(name) for name in IDENTITY):
            found |= self._without_identity(scope, found, {status, severity_text})
        elif self.is_keyed_by_id and found.get("source_id") and not found.get("dedup_key"):
            # People change the name of a monitor while it is down, and never its id.
            found["key"] = key_of(found["source"], "", found["source_id"])
        return Event(
            action=action.value,
            reason=reason,
            status=status,
            severity=self.severity.read(severity_text),
            severity_text=severity_text,
            expires_at=parse_timestamp(self.expires_at.read(scope)) if self.expires_at else None,
            links=tuple(pair for link in self.links for pair in link.read(scope)),
            index=index,
            **found,
        )

    def _without_identity(
        self, scope: Scope, found: dict[str, Any], states: set[str]
    ) -> dict[str, Any]:
        """What tells its events apart, where no field says which problem it is."""
        folded = {state.casefold() for state in states}
        identity = identity_of(found.get("subject", ""), scope.item, folded)
        return {"identity": f"{found['source']}/{identity}"}


def _read(name: str, value: Value, scope: Scope) -> str:
    return read_whole(value, scope) if name == "url" else value.read(scope)


def _rule(value: Value, scope: Scope) -> str:
    return value.chosen(scope).rule if isinstance(value, First) else value.rule
