"""Placeholders of outbound requests, such as ``<IncidentId>``. Pure.

A value is escaped for where it stands: in JSON text, in a form, in XML, or in a URL.
"""

import json
import re
from collections.abc import Callable, Mapping
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape

from notifications.choices import BodyType
from notifications.message.incident_summary import one_line

KNOWN = {
    "IncidentId": "its number",
    "IncidentSubject": "its title",
    "IncidentStatus": "open, acknowledged, on_hold or resolved",
    "IncidentSeverity": "critical, error, warning or info",
    "IncidentURL": "its page in the portal",
    "IncidentShortText": "the beginning of its description, on one line",
    "IncidentLongText": "its description",
    "IncidentUrgency": "high or low",
    "IncidentPriority": "P1 to P5, or nothing",
    "IncidentService": "the service",
    "IncidentTeam": "the team",
    "IncidentAssignee": "who has it, or nothing",
    "IncidentOpened": "when it was opened, in UTC",
    "IncidentSource": "what reported it",
    "ExternalId": "the id that the same service gave for this incident",
    "ExternalUrl": "the address that it gave",
}
BY_NAME = {name.lower(): name for name in KNOWN}
MAX_HEADER = 1000
PLACEHOLDER = re.compile(r"<((?:Incident|External)\w*)>", re.IGNORECASE)
SAMPLE = dict.fromkeys(KNOWN, 'A "sample" & <text>\\\n') | {"IncidentId": "1042"}
Values = Mapping[str, str]

ESCAPES: dict[BodyType, Callable[[str], str]] = {
    BodyType.JSON: lambda value: json.dumps(value, ensure_ascii=False)[1:-1],
    BodyType.FORM: quote_plus,
    BodyType.XML: lambda value: escape(value, {'"': "&quot;", "'": "&apos;"}),
    BodyType.TEXT: str,
}


def used(text: str) -> list[str]:
    """The placeholders of a text, without elements of XML that are called alike."""
    names = dict.fromkeys(PLACEHOLDER.findall(text))
    return [name for name in names if f"</{name}>" not in text]


def problem_of(text: str) -> str:
    """A sentence about the first placeholder that there is not; "" where all are known."""
    unknown = [name for name in used(text) if name.lower() not in BY_NAME]
    if not unknown:
        return ""
    return f"<{unknown[0]}> is no placeholder. Known: {', '.join(f'<{one}>' for one in KNOWN)}."


def body_problem(body: str, body_type: str) -> str:
    """Why a body cannot be sent; "" where it can. JSON has to be JSON once it is filled."""
    if problem := problem_of(body):
        return problem
    if body_type == BodyType.JSON and body.strip():
        try:
            json.loads(fill_body(body, SAMPLE, body_type))
        except ValueError as error:
            return f"This is no JSON: {error}. Placeholders of text stand between quotes."
    return ""


def fill_body(text: str, values: Values, body_type: str) -> str:
    """The body with its values, escaped as its type asks for."""
    return _fill(text, values, ESCAPES[BodyType(body_type)])


def fill_path(text: str, values: Values) -> str:
    """The path of a URL with its values, in which nothing opens another part of the URL."""
    return _fill(text, values, lambda value: quote(value, safe=""))


def fill_header(text: str, values: Values) -> str:
    """The value of a header, on one line."""
    return _fill(text, values, lambda value: one_line(value, MAX_HEADER))


def _fill(text: str, values: Values, escaped: Callable[[str], str]) -> str:
    names = set(used(text))

    def value_of(match: re.Match[str]) -> str:
        name = BY_NAME.get(match[1].lower(), "")
        return escaped(values.get(name, "")) if match[1] in names and name else match[0]

    return PLACEHOLDER.sub(value_of, text)
