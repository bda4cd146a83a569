"""Steps that open what a message carries as text: JSON in a form field, base64 in JSON."""

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import orjson

from integrations.decoding import xml
from integrations.decoding.decode import MAX_FIELDS, read_json
from integrations.errors import UnreadableBody
from integrations.mapping.paths import Key, Path, Scope, Step
from integrations.mapping.values import Problems, compile_path

# The message of a sender that posts nothing: its query takes the place of an empty body.
QUERY_STEP = {"path": "$query", "to": "$"}
STEP_KEYS = {"path", "as", "to"}


def _base64(text: str) -> str:
    return base64.b64decode(text, validate=False).decode("utf-8", "replace")


def _json(text: str) -> Any:
    if text[:1] in ("{", "["):
        return read_json(text.encode("utf-8", "surrogatepass"))
    return orjson.loads(text)


def _form(text: str) -> dict[str, str]:
    return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS))


DECODERS: dict[str, Callable[[str], Any]] = {
    "json": _json,
    "base64": _base64,
    "base64+json": lambda text: _json(_base64(text)),
    "form": _form,
    "xml": xml.parse,
}


@dataclass(frozen=True, slots=True)
class DecodeStep:
    """Reads the text at ``path`` and puts the result in its place, or in place of the body.

    What is read from a parameter of the URL becomes a key of the body, where it has none of that
    name.
    """

    path: Path
    reader: Callable[[str], Any]
    replaces_body: bool

    def apply(self, body: Any, query: Mapping[str, str]) -> Any:
        """A changed copy; the body itself where there is nothing to read."""
        hits = self.path.hits(Scope(body, body))
        if not hits or not isinstance(hits[0], str):
            return body
        try:
            opened = self.reader(hits[0].strip())
        except (ValueError, binascii.Error, UnreadableBody):
            return body  # It is text after all; the conditions will tell what it is.
        return opened if self.replaces_body else _put(body, self.path.steps, opened)


@dataclass(frozen=True, slots=True)
class QueryStep:
    """Reads the query in place of an empty body."""

    def apply(self, body: Any, query: Mapping[str, str]) -> Any:
        """The query as an object, or the body."""
        return body or dict(query)


AnyStep = DecodeStep | QueryStep


def compile_decode_steps(raw: Any, where: str, problems: Problems) -> tuple[AnyStep, ...]:
    """The steps in their order."""
    if raw is None:
        return ()
    if not isinstance(raw, list):
        problems.append((where, 'write a list of {path = "data", as = "json"}'))
        return ()
    steps = (_step(one, f"{where}[{i}]", problems) for i, one in enumerate(raw))
    return tuple(step for step in steps if step)


def _step(raw: Any, where: str, problems: Problems) -> AnyStep | None:
    if raw == QUERY_STEP:
        return QueryStep()
    if not isinstance(raw, dict) or raw.keys() - STEP_KEYS or raw.get("to", "$") != "$":
        problems.append((where, 'write {path = …, as = …}, and to = "$" to replace the body'))
        return None
    path = compile_path(raw.get("path"), f"{where}.path", problems)
    form = raw.get("as", "json")
    if not isinstance(form, str) or form not in DECODERS:
        problems.append((where, f"“{form}” is no form; known: {', '.join(DECODERS)}"))
        return None
    if path is None:
        return None
    if path.root not in {"item", "body"} or any(not isinstance(s, Key) for s in path.steps):
        problems.append((where, f"“{path.text}” must name one place in the body"))
        return None
    return DecodeStep(path, DECODERS[form], "to" in raw)


def _put(node: Any, steps: tuple[Step, ...], value: Any) -> Any:
    """The node with the value at that place; only what lies on the way is copied."""
    if not steps:
        return value
    step, rest = steps[0], steps[1:]
    copy = node.copy()
    assert isinstance(step, Key)  # compiling refuses all others
    place = step.name if isinstance(node, dict) else step.index
    copy[place] = _put(node[place], rest, value)
    return copy
