"""The first files of a new template."""

from pathlib import Path

import orjson

from integrations.catalog.template import HOME

TEMPLATE = """\
name = "{name}"
category = "Other"
docs = "https://example.com/docs/webhooks"
checked = 2026-01-01                     # the day somebody compared this with the docs
confidence = "verified"                  # or "guide": no whole message was seen; or "weak"
sources = ["a message that was captured"]
source = "{name}"                        # part of every key: never change it later
retries = "What the tool does when the answer is not 2xx."
requires = ["id", "status"]              # a message without these is somebody else's

# One list in the message that holds several alerts? Then: each = "alerts"
# Paths start at the item, $.path at the whole message. The keys of your sample:
{keys}
[fields]
source_name = "host"                     # what it is about
source_id = "id"                         # what makes one problem out of many messages
status = "status"
severity = "severity"
subject = "<host> is <status>"
long_text = ["description", "message"]   # the first that is not empty
url = "link"

[severity]
default = "error"
map = {{ critical = "critical", major = "error", minor = "warning" }}

[close_when]
operator = "in"
values = ["resolved"]

[open_when]
operator = "in"
values = ["triggered"]
"""
SETUP = """\
1. In {name}, open the page for webhooks and add one.
2. Address: `{{{{ url }}}}`, method POST, content type `application/json`.
3. Send a test, and look for it in the Inbound Log.
"""
SAMPLE = {"id": "1", "status": "triggered", "host": "web-1", "severity": "critical"}


def create(slug: str, sample: Path | None = None, home: Path = HOME) -> Path:
    """The folder of a new template, with everything to fill in; FileExistsError if there is one."""
    folder = home / slug
    folder.mkdir()
    name = slug.replace("-", " ").title()
    body = orjson.loads(sample.read_bytes()) if sample else SAMPLE
    (folder / "template.toml").write_text(TEMPLATE.format(name=name, keys=_keys(body)), "utf-8")
    (folder / "setup.md").write_text(SETUP.format(name=name), "utf-8")
    (folder / "samples").mkdir()
    text = orjson.dumps(body, option=orjson.OPT_INDENT_2) + b"\n"
    for one in ("open", "close"):
        (folder / "samples" / f"{one}.json").write_bytes(text)
    return folder


def _keys(body: object) -> str:
    return "".join(f"#   {path}\n" for path in _paths(body, ""))


def _paths(node: object, before: str) -> list[str]:
    if isinstance(node, dict):
        parts = [(key.replace(".", "\\."), child) for key, child in node.items()]
    elif isinstance(node, list) and node:
        parts = [("0", node[0])]
    else:
        return [before] if before else []
    return [path for key, child in parts for path in _paths(child, f"{before}.{key}".lstrip("."))]
