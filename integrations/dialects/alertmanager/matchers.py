"""Label matchers as Prometheus and Alertmanager write them: ``severity=~"page|critical"``."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import re2

PART = re.compile(
    r"""\s*+(?P<name>"(?:[^"\\]|\\.)*+"|[\w:.\-]++)\s*+(?P<sign>=~|!~|!=|=)\s*+"""
    r"""(?P<value>"(?:[^"\\]|\\.)*+"|[^,{}"]*+)\s*+(?:,|$)""",
    re.UNICODE,
)
ESCAPED = re.compile(r"\\(.)", re.DOTALL)
ESCAPES = {"n": "\n", "t": "\t"}


class BadMatcher(ValueError):
    """The text is no matcher; the message says what one looks like."""


@dataclass(frozen=True, slots=True)
class Matcher:
    """One comparison of a label; a label that is not there counts as empty."""

    name: str
    value: str
    pattern: Any
    is_negated: bool

    def fits(self, labels: Mapping[str, str]) -> bool:
        text = labels.get(self.name, "")
        holds = self.pattern.fullmatch(text) is not None if self.pattern else text == self.value
        return holds is not self.is_negated


def parse(texts: Iterable[str]) -> list[Matcher]:
    """Every matcher of these texts, of which all must fit. Raises BadMatcher."""
    return [matcher for text in texts for matcher in _of(text)]


def full_pattern(text: str) -> Any:
    """A pattern for the whole of a text, in linear time. Raises BadMatcher."""
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(text, options)
    except (re2.error, UnicodeEncodeError) as error:
        raise BadMatcher(f"“{text}” is no regular expression") from error


def _of(text: str) -> list[Matcher]:
    inner = text.strip()
    if inner.startswith("{") and inner.endswith("}"):
        inner = inner[1:-1].strip()
    found, at = [], 0
    while at < len(inner):
        match = PART.match(inner, at)
        if match is None:
            raise BadMatcher(f'bad matcher format: {text}: write name="value", or =~, !=, !~')
        found.append(_matcher(match))
        at = match.end()
    return found


def _matcher(match: re.Match[str]) -> Matcher:
    sign, value = match["sign"], _plain(match["value"])
    pattern = full_pattern(value) if sign.endswith("~") else None
    return Matcher(_plain(match["name"]), value, pattern, sign.startswith("!"))


def _plain(text: str) -> str:
    text = text.strip()
    if len(text) < 2 or not text.startswith('"'):
        return text
    return ESCAPED.sub(lambda found: ESCAPES.get(found[1], found[1]), text[1:-1])
