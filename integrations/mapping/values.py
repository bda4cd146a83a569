"""What a rule says about one field: a path, a text with ``<path>`` tokens, a literal, a choice."""

import re
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote

from integrations.mapping import paths, regex
from integrations.mapping.paths import Path, PathError, Scope
from opsportal.lib.text import as_text, clean

Problems = list[tuple[str, str]]

TOKEN = re.compile(r"(?<!\\)<([^<>]+)>")
OPTIONS = {"path", "static", "after", "before", "extract", "join", "encode"}
MAX_TAG_LENGTH = 200


class Value(Protocol):
    """One way to get a field from a message. None of them raises."""

    @property
    def rule(self) -> str:
        """How a person wrote it."""

    def raw(self, scope: Scope) -> Any:
        """The value as it stands in the message; None when there is none."""

    def read(self, scope: Scope) -> str:
        """The value as text; empty when there is none."""


@dataclass(frozen=True, slots=True)
class Static:
    text: str
    rule: str

    def raw(self, scope: Scope) -> Any:
        return self.text

    def read(self, scope: Scope) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Found:
    path: Path
    rule: str

    def raw(self, scope: Scope) -> Any:
        return self.path.value(scope)

    def read(self, scope: Scope) -> str:
        return self.path.read(scope)


@dataclass(frozen=True, slots=True)
class Template:
    """Literal text around tokens. Where no token finds anything, the whole is empty."""

    parts: tuple[str | Path, ...]
    rule: str

    def raw(self, scope: Scope) -> Any:
        return self.read(scope) or None

    def read(self, scope: Scope) -> str:
        return self.fill(scope)[0]

    def fill(self, scope: Scope) -> tuple[str, bool]:
        """The text, and whether every token found something."""
        texts = [part if isinstance(part, str) else part.read(scope) for part in self.parts]
        if not any(texts[1::2]):
            return "", False
        if all(texts[1::2]):
            return "".join(texts).strip(), True
        # What is left of “<host>: <state>” without a host is the state, and not “: state”.
        return re.sub(" {2,}", " ", "".join(texts)).strip("\n :;,|–-"), False


@dataclass(frozen=True, slots=True)
class Between:
    """The piece of another value between two tags; empty where one of them is missing."""

    value: Value
    after: str
    before: str
    rule: str

    def raw(self, scope: Scope) -> Any:
        return self.read(scope) or None

    def read(self, scope: Scope) -> str:
        text = self.value.read(scope)
        # The start of a text begins a line, and its end ends one.
        text = f"\n{text}\n"
        start = text.find(self.after) if self.after else 1
        if start < 0:
            return ""
        start += len(self.after)
        end = text.find(self.before, start) if self.before else len(text)
        return text[start:end].strip() if end >= 0 else ""


@dataclass(frozen=True, slots=True)
class Extract:
    """A piece of another value: the groups of a pattern, or all that it matches."""

    value: Value
    pattern: Any
    joint: str
    is_encoded: bool
    rule: str

    def raw(self, scope: Scope) -> Any:
        return self.read(scope) or None

    def read(self, scope: Scope) -> str:
        text = self.value.read(scope)
        if self.pattern is not None:
            match = self.pattern.search(text)
            groups = (match.groups() or (match[0],)) if match else ()
            text = self.joint.join(group for group in groups if group).strip()
        return quote(text, safe="") if self.is_encoded else text


@dataclass(frozen=True, slots=True)
class First:
    """The first of several that is not empty; a text with gaps only if there is nothing else."""

    options: tuple[Value, ...]
    rule: str

    def chosen(self, scope: Scope) -> Value:
        """The option that gives the value; the first one where none does."""
        fallback = None
        for option in self.options:
            text, is_full = _fill(option, scope)
            if text and is_full:
                return option
            if text and fallback is None:
                fallback = option
        return fallback or self.options[0]

    def raw(self, scope: Scope) -> Any:
        return self.chosen(scope).raw(scope)

    def read(self, scope: Scope) -> str:
        return self.chosen(scope).read(scope)


def _fill(option: Value, scope: Scope) -> tuple[str, bool]:
    return option.fill(scope) if isinstance(option, Template) else (option.read(scope), True)


def read_whole(value: Value, scope: Scope) -> str:
    """The value as text; empty where a part of it is missing: half an address leads astray."""
    for option in value.options if isinstance(value, First) else (value,):
        text, is_full = _fill(option, scope)
        if text and is_full:
            return text
    return ""


def compile_value(raw: Any, where: str, problems: Problems) -> Value | None:
    """The rule for one field, or None with a problem noted when it cannot work."""
    if isinstance(raw, str):
        return _from_text(raw, where, problems)
    if isinstance(raw, dict):
        return _from_table(raw, where, problems)
    if isinstance(raw, list) and raw:
        values = [compile_value(one, f"{where}[{i}]", problems) for i, one in enumerate(raw)]
        options = tuple(value for value in values if value is not None)
        rule = " or else ".join(option.rule for option in options)
        return First(options, rule) if len(options) == len(raw) else None
    problems.append((where, "write a path, a text with <path> tokens, or a list of those"))
    return None


def compile_path(raw: Any, where: str, problems: Problems) -> Path | None:
    """The path, or None with a problem noted."""
    try:
        return paths.parse(raw)
    except PathError as error:
        problems.append((where, str(error)))
        return None


def _from_text(raw: str, where: str, problems: Problems) -> Value | None:
    pieces = TOKEN.split(raw)
    if len(pieces) == 1:
        path = compile_path(raw.replace("\\<", "<"), where, problems)
        return Found(path, path.text) if path else None
    parts: list[str | Path] = []
    for place, piece in enumerate(pieces):
        part = compile_path(piece, where, problems) if place % 2 else _literal(piece)
        if part is None:
            return None
        parts.append(part)
    return Template(tuple(parts), raw)


def _literal(piece: str) -> str:
    return clean(piece.replace("\\<", "<"))


def _from_table(raw: dict[str, Any], where: str, problems: Problems) -> Value | None:
    if unknown := sorted(map(str, raw.keys() - OPTIONS)):
        problems.append((where, f"unknown: {', '.join(unknown)}; known: {sorted(OPTIONS)}"))
        return None
    if "static" in raw and len(raw) == 1:
        if not isinstance(raw["static"], str | int | float):
            problems.append((where, "static takes a text"))
            return None
        text = as_text(raw["static"])
        return Static(text, f"“{text}” (static)")
    if "static" in raw or "path" not in raw or raw.get("encode", "url") != "url":
        message = (
            'write {static = "text"}, or {path = …} with after = "start tag", before = "end tag", '
            'extract = "pattern" or encode = "url"'
        )
        problems.append((where, message))
        return None
    return _extract(raw, where, problems)


def _extract(raw: dict[str, Any], where: str, problems: Problems) -> Value | None:
    value = _between(raw, where, problems)
    pattern = None
    if "extract" in raw:
        pattern = regex.compile_pattern(raw["extract"], f"{where}.extract", problems)
    if value is None or ("extract" in raw and pattern is None):
        return None
    if pattern is None and "encode" not in raw:
        return value
    rule = f"{value.rule}, extract {raw['extract']}" if pattern is not None else value.rule
    joint = raw.get("join", " ")
    if not isinstance(joint, str):
        problems.append((f"{where}.join", "write the text that stands between two groups"))
        return None
    return Extract(value, pattern, joint, "encode" in raw, rule)


def _between(raw: dict[str, Any], where: str, problems: Problems) -> Value | None:
    """The value at the path, or the piece of it between two tags."""
    value = compile_value(raw["path"], f"{where}.path", problems)
    tags = {name: raw[name] for name in ("after", "before") if name in raw}
    for name, tag in tags.items():
        if not isinstance(tag, str) or not 0 < len(tag) <= MAX_TAG_LENGTH:
            problems.append(
                (f"{where}.{name}", f"write a text of 1 to {MAX_TAG_LENGTH} characters")
            )
            return None
    if value is None or not tags:
        return value
    described = " ".join(f"{name} “{_visible(tag)}”" for name, tag in tags.items())
    return Between(
        value, tags.get("after", ""), tags.get("before", ""), f"{value.rule}, {described}"
    )


def _visible(tag: str) -> str:
    return tag.replace("\n", "\\n")
