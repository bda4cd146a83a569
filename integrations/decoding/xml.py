"""Decode XML to a tree of values, without entities of its own."""

from typing import Any
from xml.parsers import expat

from integrations.errors import UnreadableBody

MAX_DEPTH = 100
MAX_ELEMENTS = 100_000
TEXT = "#text"


def parse(body: bytes | str, encoding: str | None = None) -> dict[str, Any]:
    """The root by its name: attributes as ``@name``, what comes several times as a list.

    A document type is refused, and with it every entity of its own: nothing is fetched, and
    nothing grows. UnreadableBody says what is wrong.
    """
    builder = _Builder()
    parser = expat.ParserCreate(encoding)
    parser.buffer_text = True
    parser.StartElementHandler = builder.begin
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.write
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(body, True)
    except expat.ExpatError as error:
        where = f"line {error.lineno}, column {error.offset + 1}"
        told = f"the XML is broken at {where}: {expat.ErrorString(error.code)}"
        raise UnreadableBody(told) from error
    except (LookupError, ValueError) as error:
        raise UnreadableBody(f"the XML cannot be read: {error}") from error
    return builder.root


def _refuse_doctype(name: str, *_: object) -> None:
    if name.lower() == "html":
        raise UnreadableBody("the body is an HTML page, and no message")
    raise UnreadableBody("the XML has a DOCTYPE, which is not taken; send it without")


def _local(name: str) -> str:
    """The name without the prefix of its namespace, which every sender chooses as it likes."""
    return name.rpartition(":")[2]


class _Builder:
    """Gathers elements as the parser meets them."""

    def __init__(self) -> None:
        self.root: dict[str, Any] = {}
        self.open: list[tuple[dict[str, Any], list[str]]] = []
        self.count = 0

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        self.count += 1
        if self.count > MAX_ELEMENTS:
            raise UnreadableBody(f"the XML has more than {MAX_ELEMENTS} elements")
        if len(self.open) >= MAX_DEPTH:
            raise UnreadableBody(f"the XML is nested more than {MAX_DEPTH} levels deep")
        plain = {key: value for key, value in attributes.items() if not key.startswith("xmlns")}
        self.open.append(({f"@{_local(key)}": value for key, value in plain.items()}, []))

    def write(self, text: str) -> None:
        if self.open:
            self.open[-1][1].append(text)

    def end(self, name: str) -> None:
        children, texts = self.open.pop()
        text = "".join(texts).strip()
        if children and text:
            children[TEXT] = text
        into = self.open[-1][0] if self.open else self.root
        _add(into, _local(name), children or text)


def _add(into: dict[str, Any], name: str, value: Any) -> None:
    if name not in into:
        into[name] = value
    elif isinstance(into[name], list):
        into[name].append(value)
    else:
        into[name] = [into[name], value]
