"""A template: one folder of the catalog, read lazily."""

import copy
import datetime
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from zlib import crc32

import orjson

from integrations.decoding import decode
from integrations.decoding.mime import RFC822
from integrations.mapping import rules as mapping

HOME = Path(__file__).parent / "templates"
TABLE = re.compile(r"^\[", re.MULTILINE)
COLOURS = ("#3b6fb6", "#2f7d5b", "#8a4fa3", "#b0562c", "#9a3a56", "#4c6a2e", "#3f5f7f", "#7a5c1e")

# What describes the tool. Everything else in template.toml is rules.
ABOUT = {
    "name": str,
    "aliases": list,
    "category": str,
    "docs": str,
    "checked": datetime.date,
    "colour": str,
    "monogram": str,
    "signature": str,
    "content": str,
    "retries": str,
    "no_close": str,
    "address": str,
    "kind": str,
    "confidence": str,
    "sources": list,
    "handshake": str,
    "answer": dict,
    "recognized_by": list,
}
CONFIDENCES = ("verified", "guide", "weak")
# A sample in another form than JSON is the body as it came, of this content type.
RAW = {".eml": RFC822, ".xml": "application/xml", ".jsonl": "application/x-ndjson"}


class BrokenTemplate(Exception):
    """A template.toml that is no TOML, or that lacks its name."""


@dataclass(frozen=True)
class Sample:
    """One captured message, and the events that must come of it."""

    name: str
    path: Path
    body: Any
    headers: dict[str, str]
    query: dict[str, str]
    expected: list[dict[str, Any]] | None
    raw: bytes = b""  # as it came, where that is no JSON
    content_type: str = "application/json"

    @property
    def received(self) -> mapping.Received:
        """The sample as if it had just come in."""
        return mapping.Received(self.body, self.headers, self.query)


@dataclass(frozen=True)
class Template:
    """A tool that can report in. Rules, samples and texts are read at their first use."""

    slug: str
    folder: Path
    name: str
    category: str = "Other"
    aliases: tuple[str, ...] = ()
    docs: str = ""
    checked: datetime.date | None = None
    colour: str = ""
    monogram: str = ""
    source: str = ""
    signature: str = ""
    content: str = "application/json"
    retries: str = ""
    no_close: str = ""
    address: str = ""
    kind: str = "api"  # the channel: see Integration.Kind
    confidence: str = ""  # how well its format is known: one of CONFIDENCES
    sources: tuple[str, ...] = ()  # where the format was taken from
    handshake: str = ""  # see integrations/catalog/handshakes.py
    answer: dict[str, Any] | None = None  # what the tool wants to read after each message
    recognized_by: tuple[str, ...] = ()  # paths that no other tool's messages have

    @property
    def rules(self) -> dict[str, Any]:
        """How its messages are read: a copy, for an integration to keep and to change."""
        return copy.deepcopy(self._rules)

    @cached_property
    def _rules(self) -> dict[str, Any]:
        table = tomllib.loads((self.folder / "template.toml").read_text("utf-8"))
        return {key: value for key, value in table.items() if key not in ABOUT}

    @cached_property
    def compiled(self) -> mapping.Rules:
        """Its own rules, ready for use."""
        return mapping.compile(self._rules)

    @cached_property
    def setup(self) -> str:
        """What to do in the tool, as Markdown with {{ url }} where the address goes."""
        return self._text("setup.md")

    @cached_property
    def custom_body(self) -> str:
        """What to paste into a tool whose message is free; empty for the others."""
        return self._text("custom_body.json") or self._text("custom_body.txt")

    @cached_property
    def words(self) -> str:
        """What a search looks at, in lower case."""
        return " ".join([self.name, self.slug, self.category, *self.aliases]).lower()

    def fits(self, words: Sequence[str], category: str = "") -> bool:
        """Whether it is of this category, and is found by each of these words."""
        searched = self.words
        return category in ("", self.category) and all(word in searched for word in words)

    @cached_property
    def logo(self) -> Path | None:
        """Its picture, where there is one; else show the monogram on the colour."""
        path = self.folder / "logo.svg"
        return path if path.exists() else None

    @cached_property
    def samples(self) -> list[Sample]:
        """By name; what begins with open and close are pairs."""
        paths = sorted(self.folder.glob("samples/*"))
        known = (path for path in paths if path.suffix in (".json", *RAW))
        return [_sample(path) for path in known if "." not in path.stem]

    def sample(self, name: str) -> Sample | None:
        """The sample of this name."""
        return next((sample for sample in self.samples if sample.name == name), None)

    def _text(self, name: str) -> str:
        path = self.folder / name
        return path.read_text("utf-8") if path.exists() else ""


def read(folder: Path) -> Template:
    """The template of this folder; only what a gallery shows is read now.

    Raises BrokenTemplate where the file cannot be read or has no name.
    """
    try:
        text = (folder / "template.toml").read_text("utf-8")
        # TOML is slow to read and the rules are long: stop before the first table.
        start = TABLE.search(text)
        head = tomllib.loads(text[: start.start()] if start else text)
    except (OSError, ValueError) as error:
        raise BrokenTemplate(str(error)) from error
    about = {key: head[key] for key, kind in ABOUT.items() if isinstance(head.get(key), kind)}
    name = about.get("name", "").strip()
    if not name:
        raise BrokenTemplate("it has no name")
    slug = folder.name
    for key in ("aliases", "sources", "recognized_by"):
        about[key] = tuple(about.get(key, ()))
    about["source"] = str(head.get("source") or name)
    about["colour"] = about.get("colour") or COLOURS[crc32(slug.encode()) % len(COLOURS)]
    about["monogram"] = about.get("monogram") or _monogram(name)
    return Template(slug=slug, folder=folder, **about)


def _monogram(name: str) -> str:
    words = re.findall(r"[^\W_]+", name) or [name]
    return (words[0][0] + (words[1][0] if len(words) > 1 else words[0][1:2])).upper()


def _sample(path: Path) -> Sample:
    def beside(kind: str) -> Any:
        other = path.with_name(f"{path.stem}.{kind}.json")
        return orjson.loads(other.read_bytes()) if other.exists() else None

    content, form = path.read_bytes(), RAW.get(path.suffix)
    return Sample(
        name=path.stem,
        path=path,
        body=decode.decode(content, form) if form else orjson.loads(content),
        raw=content if form else b"",
        content_type=form or "application/json",
        headers=beside("headers") or {},
        query=beside("query") or {},
        expected=beside("expected"),
    )
