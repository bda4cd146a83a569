"""Variations of samples: the same message with other values, or with fields left out."""

import copy
import re

from integrations.errors import UnrecognizedPayload
from integrations.mapping.rules import Received

ID = re.compile(r"(id|uuid|guid|key|token|number|serial|code|sid|fingerprint|hash)$", re.IGNORECASE)
NAME = re.compile(
    r"(name|title|label|alias|display|memo|description|summary|subject|host|device|monitor|message"
    r"|msg|text|url|tag|group|policy|team|owner|address|location|customer|client|account|site"
    r"|space|workspace|organi[sz]ation|severity|priority)s?$",
    re.IGNORECASE,
)

WORD = re.compile(r"[^\W\d_]{3,}")


def leaves(node, place=()):
    """Place and value of everything that is no object and no list."""
    if isinstance(node, dict | list):
        pairs = node.items() if isinstance(node, dict) else enumerate(node)
        for key, value in pairs:
            yield from leaves(value, (*place, key))
    else:
        yield place, node


def with_value(body, place, value):
    """A copy with another value at this place."""
    made = copy.deepcopy(body)
    node = made
    for key in place[:-1]:
        node = node[key]
    node[place[-1]] = value
    return made


def without(body, place):
    """A copy without the key at this place."""
    made = copy.deepcopy(body)
    node = made
    for key in place[:-1]:
        node = node[key]
    del node[place[-1]]
    return made


def others(value):
    """Other values of the same type: longer at its end, at its start, and in its first word."""
    if isinstance(value, bool) or value is None:
        return []
    if isinstance(value, int | float):
        return [value + 7919]
    return [f"{value} renamed", f"renamed {value}", WORD.sub(r"\g<0>x", value, count=1)]


def key_name(place):
    """The name of the field, without hyphens and underscores."""
    name = next((part for part in reversed(place) if isinstance(part, str)), "")
    return re.sub(r"[_-]", "", name)


def tree_of(template, sample):
    """A sample as one tree: its body, what it carries as text opened, its headers and its query."""
    body = template.compiled.root_scope(sample.received).body
    return {"body": body, "headers": sample.headers, "query": sample.query}


def read(template, tree):
    """The events of such a tree; [] where the template does not know it."""
    try:
        return template.compiled.events(Received(tree["body"], tree["headers"], tree["query"]))
    except UnrecognizedPayload:
        return []


def actions(events):
    return [event.action for event in events]


def keys(events):
    return [event.key for event in events]


def free_values(template, tree):
    """The places whose values may be others without a change of what is asked for, each with
    another value, by which the keys change where any does that, and those keys."""
    before = read(template, tree)
    for place, value in leaves(tree):
        tried = []
        for other in others(value):
            found = read(template, with_value(tree, place, other))
            if actions(found) == actions(before):
                tried.append((place, other, keys(found)))
        yield from [one for one in tried if one[2] != keys(before)][:1] or tried[:1]
