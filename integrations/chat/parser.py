"""Parse typed commands."""

import re

from integrations.chat.command import ParsedCommand

NUMBER = re.compile(r"#?(\d{1,15})[.,:;]?")
ABOUT_ONE = {
    "ack": "acknowledge",
    "acknowledge": "acknowledge",
    "take": "acknowledge",
    "resolve": "resolve",
    "close": "resolve",
    "status": "status",
    "show": "status",
}
ALONE = {"help": "help", "?": "help", "list": "list"}
MAX_CHARS = 1024


def parse(line: str) -> ParsedCommand:
    """The command in a line; a line without a known command is the title of an incident."""
    words = line.split(maxsplit=1)
    if not words:
        return ParsedCommand("help")
    first, rest = words[0].lower(), words[1].strip() if len(words) > 1 else ""
    if first in ALONE and not rest:
        return ParsedCommand(ALONE[first])
    if first in ABOUT_ONE:
        return _about_one(ABOUT_ONE[first], first, rest)
    return open_with(rest if first == "open" else line)


def open_with(title: str) -> ParsedCommand:
    """To open an incident; its title is one line."""
    title = " ".join(title.split())
    if not title:
        return ParsedCommand("", fault="Write what is wrong, such as: open The shop is down")
    return ParsedCommand(
        "open", text=title if len(title) <= MAX_CHARS else f"{title[: MAX_CHARS - 1]}…"
    )


def _about_one(action: str, word: str, rest: str) -> ParsedCommand:
    number, _, note = rest.partition(" ")
    found = NUMBER.fullmatch(number)
    if found:
        return ParsedCommand(action, int(found[1]), note.strip())
    fault = f"Write the number of the incident, such as: {word} #1042."
    if rest:
        fault += f" To open an incident with this title: open {word} {rest}"[:300]
    return ParsedCommand("", fault=fault)
