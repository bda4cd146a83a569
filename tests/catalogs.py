"""Catalogs of translations without GNU gettext: what the sources say, .po read, .mo made.

``python -m tests.catalogs`` writes the .mo beside each .po, and names what is not translated.
"""

import ast
import re
import struct
import sys
from functools import cache
from pathlib import Path

from escalation.told_sentences import SENTENCES as OF_ESCALATION
from incidents.told_sentences import SENTENCES as OF_INCIDENTS
from notifications.told_sentences import SENTENCES as OF_NOTIFICATIONS
from opsportal.lib import sentences

ROOT = Path(__file__).parent.parent
APPS = ("escalation", "incidents", "integrations", "notifications", "opsportal")
CATALOGS = sorted((ROOT / "locale").glob("*/LC_MESSAGES/django.po"))
# How many arguments of a function are texts: its context, the text, its plural.
FUNCTIONS = {
    "_": "t",
    "gettext": "t",
    "gettext_lazy": "t",
    "gettext_noop": "t",
    "ngettext": "tp",
    "pgettext": "ct",
    "pgettext_lazy": "ct",
}
TRANSLATE = re.compile(r'{% translate "([^"]*)"(?: context "([^"]*)")?')
BLOCK = re.compile(r"{% blocktranslate[^%]*%}(.*?){% endblocktranslate %}", re.DOTALL)
FIELD = re.compile(r"{{ (\w+) }}")
GLUE, END = "\x04", "\x00"


@cache
def extracted():
    """→ {(context, text): its plural or ''} of all that the sources have translated."""
    found = {}
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            found |= dict(_calls(ast.parse(path.read_text())))
    for path in (ROOT / "templates").rglob("*.*"):
        if path.suffix in (".html", ".txt") and "unfold" not in path.parts:
            found |= dict(_tags(path.read_text()))
    for text in (*OF_INCIDENTS, *OF_NOTIFICATIONS, *OF_ESCALATION):
        found[sentences.CONTEXT, text] = ""
    found |= {("weekday", day): "" for day in sentences.WEEKDAYS}
    return found | {("month", month): "" for month in sentences.MONTHS}


def _calls(tree):
    for node in ast.walk(tree):
        name = (
            node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
        )
        if name not in FUNCTIONS:
            continue
        texts = [one.value for one in node.args if isinstance(one, ast.Constant)]
        if len(texts) < len(FUNCTIONS[name]):
            continue  # Its text is in a table, whose row names it.
        said = dict(zip(FUNCTIONS[name], texts, strict=False))
        yield (said.get("c", ""), said["t"]), said.get("p", "")


def _tags(source):
    for text, context in TRANSLATE.findall(source):
        yield (context, text), ""
    for text in BLOCK.findall(source):
        yield ("", FIELD.sub(r"%(\1)s", text)), ""


def read_po(path):
    """→ {(context, text): (its translations, whether it is fuzzy)}; the header has the key
    ('', '')."""
    found = {}
    for entry in path.read_text().split("\n\n"):
        parts, name = {}, ""
        for line in entry.splitlines():
            if line.startswith("#"):
                continue
            word, _, rest = line.partition(" ")
            is_first = not line.startswith('"')
            name = word if is_first else name
            said = ast.literal_eval(rest if is_first else line)
            parts[name] = parts.get(name, "") + said
        if "msgid" in parts:
            said = [value for name, value in parts.items() if name.startswith("msgstr")]
            key = parts.get("msgctxt", ""), parts["msgid"]
            assert key not in found, f"twice: {key}"
            found[key] = said, "#, fuzzy" in entry
    return found


def mo_of(path, plurals):
    """The bytes of the .mo that a .po makes; ``plurals`` as ``extracted`` finds them."""
    pairs = []
    for (context, text), (said, _) in read_po(path).items():
        name = f"{context}{GLUE}{text}" if context else text
        plural = plurals.get((context, text), "")
        name += f"{END}{plural}" if plural else ""
        pairs.append((name.encode(), END.join(said).encode()))
    pairs.sort()
    start = 28 + 16 * len(pairs)
    tables, texts = [], b""
    for side in (0, 1):
        for pair in pairs:
            tables.append(struct.pack("<II", len(pair[side]), start + len(texts)))
            texts += pair[side] + b"\0"
    second = 28 + 8 * len(pairs)
    head = struct.pack("<7I", 0x950412DE, 0, len(pairs), 28, second, 0, 0)
    return head + b"".join(tables) + texts


def main():
    """Write them, and say what is missing."""
    wanted = extracted()
    for path in CATALOGS:
        path.with_suffix(".mo").write_bytes(mo_of(path, wanted))
        known = read_po(path)
        for key in sorted(wanted.keys() - known.keys()):
            sys.stdout.write(f"{path.parent.parent.name}: not translated: {key}\n")
        for key in sorted(known.keys() - wanted.keys() - {("", "")}):
            sys.stdout.write(f"{path.parent.parent.name}: not used: {key}\n")


if __name__ == "__main__":
    main()
