"""The text of an HTML mail, for reading and for rules. In one pass: its time grows with its length.

The standard library's parser is not used: on some malformed input its time grows with the square.
"""

import html
import re

MAX_CHARS = 500_000
TAG = re.compile(r"<(/?+)([a-zA-Z][\w:-]*+)?+[^<>]*+>")
HIDDEN = {"script", "style", "head", "title", "template"}
BLOCKS = {"address", "article", "blockquote", "br", "dd", "div", "dl", "dt", "footer", "form"}
BLOCKS |= {"h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "ol", "p", "pre", "section"}
BLOCKS |= {"table", "tbody", "thead", "tr", "ul"}
CELLS = {"td", "th"}
SPACES = re.compile(r"[ \t\r\f\v\u00a0]++")
# The standard library raises ValueError for the number of thousands of digits.
ENDLESS_REFERENCE = re.compile(r"&#\d{20,}+;?")
GAPS = re.compile(r"\n{3,}")


def text_of(source: str) -> str:
    """Visible text: one line for each block, without scripts, styles and comments."""
    source = _without_comments(source[:MAX_CHARS])
    pieces: list[str] = []
    position, hidden = 0, ""
    for tag in TAG.finditer(source):
        if not hidden:
            pieces.append(unescape(source[position : tag.start()]).replace("\n", " "))
        position = tag.end()
        name = (tag[2] or "").lower()
        if hidden:
            hidden = "" if tag[1] and name == hidden else hidden
        elif name in HIDDEN:
            hidden = "" if tag[1] else name
        elif name in BLOCKS:
            pieces.append("\n")
        elif name in CELLS and tag[1]:
            pieces.append(" ")
    if not hidden:
        pieces.append(unescape(source[position:]).replace("\n", " "))
    lines = (SPACES.sub(" ", line).strip() for line in "".join(pieces).split("\n"))
    return GAPS.sub("\n\n", "\n".join(lines)).strip()


def unescape(text: str) -> str:
    """The text with its character references resolved; one of no character is U+FFFD."""
    return html.unescape(ENDLESS_REFERENCE.sub("\ufffd", text))


def _without_comments(source: str) -> str:
    pieces, position = [], 0
    while (start := source.find("<!--", position)) >= 0:
        end = source.find("-->", start + 4)
        if end < 0:
            break
        pieces.append(source[position:start])
        position = end + 3
    return "".join([*pieces, source[position:]])
