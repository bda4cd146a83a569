"""The page of rule inference as data: the pasted bodies, and a choice for each field."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import QueryDict

from integrations.decoding.decode import decode
from integrations.engine.opening import received_of
from integrations.errors import UnreadableBody
from integrations.inbound.redaction import redact_tree
from integrations.inference.choice import Choice
from integrations.inference.key_candidates import read
from integrations.inference.leaves import Candidate
from integrations.inference.proposal import Proposal
from integrations.models import InboundMessage
from opsportal.lib.text import clean

BODIES = ("firing", "resolved")
MAX_BODY_CHARS = 200_000
MAX_INDENTED_BYTES = 20_000
OTHER = "other"
MAX_VALUE_CHARS = 70
# (name, attribute of the proposal with its candidates, label, help)
FIELDS = (
    ("key", "keys", "Key", "The same in both messages, and different for every other problem."),
    ("status", "statuses", "Status", "Differs between the two, and says that the problem is over."),
    ("subject", "titles", "Subject", "The title of the incident."),
    ("severity", "severities", "Severity", "Without one every alert is an error."),
    ("url", "urls", "URL", "Back to the tool."),
    ("long_text", "long_texts", "Long text", "Details for the page of the incident."),
)


def read_body(text: str) -> dict[str, Any]:
    """``text``, its ``tree`` (None if it cannot be read), and the ``problem`` with it."""
    found: dict[str, Any] = {"text": text, "tree": None, "problem": ""}
    if not text.strip():
        return found
    try:
        tree = decode(text.encode("utf-8", "replace"), _kind(text))
    except UnreadableBody as error:
        return found | {"problem": f"{str(error)[:1].upper()}{str(error)[1:]}."}
    if not isinstance(tree, dict | list) or not tree:
        return found | {"problem": "This is a single value: paste the whole body."}
    return found | {"tree": tree}


def text_of(message: InboundMessage, secrets: Sequence[str]) -> str:
    """A message of the log as indented JSON, with secrets masked."""
    try:
        tree = received_of(message).body
    except UnreadableBody:
        return ""
    covered = redact_tree(tree, secrets)
    # Indented, a value takes as much room as it is deep.
    is_long = len(message.body) > MAX_INDENTED_BYTES
    text = json.dumps(covered, ensure_ascii=False, indent=None if is_long else 2)
    return clean(text)[:MAX_BODY_CHARS]


def choice_of(post: QueryDict, proposal: Proposal) -> Choice:
    """The choice that the form makes."""
    found: dict[str, Any] = {name: _rule(post, name) for name, *_ in FIELDS}
    opening, closing = (_lines(post.get(name, "")) for name in ("open_values", "close_values"))
    if post.get("status_was") != as_value(found["status"]):
        # Another status has other values: those of the two messages.
        rule = found["status"]
        opening, closing = (
            _lines(read(rule, item)) if rule else () for item in (proposal.first, proposal.second)
        )
    return Choice(
        each=proposal.each,
        open_values=opening,
        close_values=closing,
        only_listed="only_listed" in post,
        **found,
    )


def fields_of(
    choice: Choice, proposal: Proposal, problems: Mapping[str, str], given: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Each field with its candidates, and what it reads from both messages."""
    return [
        {
            "name": name,
            "label": label,
            "help": about,
            "problem": problems.get(name, ""),
            **_options(
                getattr(choice, name),
                getattr(proposal, candidates),
                is_asked=given.get(name) == OTHER,
            ),
            **_read(getattr(choice, name), proposal),
        }
        for name, candidates, label, about in FIELDS
    ]


def as_value(rule: Any) -> str:
    """A rule as the value of an option."""
    return rule if isinstance(rule, str) else json.dumps(rule, ensure_ascii=False)


def _options(rule: Any, candidates: Sequence[Candidate], *, is_asked: bool) -> dict[str, Any]:
    """The options of one select; ``is_asked``: another path is chosen, and may be empty."""
    value = as_value(rule)
    options = [{"value": as_value(one.rule), "label": _label(one)} for one in candidates]
    known = next((one for one in candidates if as_value(one.rule) == value), None)
    is_other = known is None and (bool(value) or is_asked)
    why = known.why if known else ""
    return {"options": options, "value": value, "is_other": is_other, "why": why}


def _read(rule: Any, proposal: Proposal) -> dict[str, str]:
    texts = (read(rule, item) if rule else "" for item in (proposal.first, proposal.second))
    return dict(zip(BODIES, (_cut(text) for text in texts), strict=True))


def _label(one: Candidate) -> str:
    place = one.rule if isinstance(one.rule, str) else f"a part of {one.rule.get('path')}"
    texts = one.firing if one.firing == one.resolved else f"{one.firing} → {one.resolved}"
    return f"{place}: {_cut(texts)}"


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= MAX_VALUE_CHARS else f"{text[: MAX_VALUE_CHARS - 1]}…"


def _rule(post: QueryDict, name: str) -> Any:
    text = post.get(name, "")
    if text == OTHER:
        text = post.get(f"{name}_other", "").strip()
    if text.startswith("{"):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return text
    return text


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _kind(text: str) -> str:
    """A form has no space before its first =, and no bracket at its start."""
    head = text.strip()
    if head.startswith("<"):
        return "application/xml"
    name, sign, _ = head.partition("=")
    is_form = bool(sign) and name.isprintable() and not set(name) & set(" {}[]\"'<>")
    return "application/x-www-form-urlencoded" if is_form else "application/json"
