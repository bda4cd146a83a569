"""What a person has chosen from a proposal, and the rules that say so."""

from dataclasses import asdict, dataclass, fields
from typing import Any

from integrations.mapping.field_mapping import ACKNOWLEDGED, SEVERITIES
from integrations.mapping.values import TOKEN

PLAIN = ("subject", "severity", "url", "long_text")


@dataclass(frozen=True, slots=True)
class Choice:
    """One rule for each field: a path, a text with <path> tokens, or a table as in the rules."""

    each: str = ""
    unwrap: tuple[str, ...] = ()  # fields whose text is JSON
    key: Any = ""
    status: Any = ""
    open_values: tuple[str, ...] = ()
    close_values: tuple[str, ...] = ()
    only_listed: bool = False  # whether a value that is in neither list does nothing
    subject: Any = ""
    severity: Any = ""
    url: Any = ""
    long_text: Any = ""

    def rules(self, source: str) -> dict[str, Any]:
        """The rules. ``source`` keeps these keys apart from those of other tools."""
        found = {"source_id": self.key, "status": self.status}
        found |= {name: getattr(self, name) for name in PLAIN}
        words = {word: name for name, text in SEVERITIES.items() for word in text.split()}
        rules: dict[str, Any] = {
            "source": source,
            "fields": {name: rule for name, rule in found.items() if rule},
            "severity": {"default": "error", "map": words},
        }
        if self.close_values:
            rules["close_when"] = {"operator": "in", "values": list(self.close_values)}
        taken = {value.casefold() for value in (*self.open_values, *self.close_values)}
        if noted := [word for word in ACKNOWLEDGED if word not in taken]:
            rules["acknowledge_when"] = {"operator": "in", "values": noted}
        if self.unwrap:
            rules["decode"] = [{"path": path, "as": "json"} for path in self.unwrap]
        return rules | self._shape() | self._opening()

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, raw: dict[str, Any]) -> "Choice":
        """From JSON. Raises TypeError where a name or a kind is none of these."""
        if unknown := raw.keys() - {field.name for field in fields(cls)}:
            raise TypeError(f"no such choice: {', '.join(sorted(map(str, unknown)))}")
        found = dict(raw)
        for name in ("unwrap", "open_values", "close_values"):
            rows = found.get(name, ())
            if not isinstance(rows, list | tuple):
                raise TypeError(f"{name}: write a list")
            found[name] = tuple(str(row) for row in rows)
        return cls(**found)

    def _shape(self) -> dict[str, Any]:
        if self.each:
            return {"each": [self.each]}
        # A message without what tells it apart is not from this sender, and its alert could
        # never be closed.
        path = self._first_path()
        return {"requires": [path]} if path else {}

    def _opening(self) -> dict[str, Any]:
        rows: list[dict[str, Any]] = []
        path = self._first_path()
        if self.each and path:
            rows.append({"path": path, "operator": "exists"})
        if self.only_listed:
            rows.append({"operator": "in", "values": list(self.open_values)})
        return {"open_when": {"all": rows}} if rows else {}

    def _first_path(self) -> str:
        rule = self.key.get("path", "") if isinstance(self.key, dict) else self.key
        if not isinstance(rule, str):
            return ""
        tokens = TOKEN.findall(rule)
        return tokens[0] if tokens else rule
