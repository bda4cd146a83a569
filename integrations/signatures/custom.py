"""A signature scheme that an administrator describes for one integration."""

import re
from collections.abc import Mapping
from typing import Any

from opsportal.lib.signatures.hmac_scheme import TOLERANCE_S, Signer

CUSTOM = "custom"
ALGORITHMS = ("sha256", "sha1", "sha512", "token")
ENCODINGS = ("hex", "base64")
SIGNED = ("{body}", "{timestamp}.{body}", "{timestamp}:{body}", "{timestamp}{body}")
MAX_TOLERANCE_S = 86_400
HEADER = re.compile(r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$")
PLACE = re.compile(r"\{[^{}]*\}")
KEYS = ("header", "algorithm", "encoding", "prefix", "signed", "timestamp_header", "tolerance")


def problems_of(form: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(key, problem) of each invalid part of a description; [] if it is valid."""
    found = [(key, f"there is no such key; known: {', '.join(KEYS)}") for key in form.keys() - KEYS]
    texts = [key for key in KEYS if key != "tolerance"]
    found += [(key, "write a text") for key in texts if not isinstance(form.get(key, ""), str)]
    if found:
        return sorted(found)
    if not HEADER.match(form.get("header", "")):
        found.append(("header", "name the header of the signature, such as X-Signature"))
    for key, known in (("algorithm", ALGORITHMS), ("encoding", ENCODINGS)):
        if form.get(key, known[0]) not in known:
            found.append((key, f"known: {', '.join(known)}"))
    return found + _times(form)


def _times(form: Mapping[str, Any]) -> list[tuple[str, str]]:
    found = []
    signed, header = form.get("signed") or SIGNED[0], form.get("timestamp_header") or ""
    places = set(PLACE.findall(signed))
    if form.get("algorithm") != "token" and "{body}" not in places:
        found.append(("signed", "it must hold {body}: what is not signed proves nothing"))
    if odd := sorted(places - {"{body}", "{timestamp}", "{url}"}):
        found.append(("signed", f"{odd[0]} is unknown; known: {{body}}, {{timestamp}}, {{url}}"))
    if header and not HEADER.match(header):
        found.append(("timestamp_header", "this is no name of a header"))
    if "{timestamp}" in places and not header:
        found.append(("timestamp_header", "name the header that holds the timestamp"))
    if header and "{timestamp}" not in places:
        found.append(("signed", "a timestamp that is not signed proves nothing: add {timestamp}"))
    tolerance = form.get("tolerance", TOLERANCE_S)
    is_number = isinstance(tolerance, int) and not isinstance(tolerance, bool)
    if not is_number or not 1 <= tolerance <= MAX_TOLERANCE_S:
        found.append(("tolerance", f"write seconds from 1 to {MAX_TOLERANCE_S}"))
    return found


def signer_of(form: Mapping[str, Any]) -> Signer | None:
    """The described signer; None if the description is invalid."""
    if problems_of(form):
        return None
    header = form.get("timestamp_header") or ""
    return Signer(
        "Custom",
        (form["header"],),
        form.get("algorithm") or ALGORITHMS[0],
        form.get("encoding") or ENCODINGS[0],
        form.get("prefix", ""),
        signed=form.get("signed") or SIGNED[0],
        timestamp_headers=(header,) if header else (),
        tolerance=form.get("tolerance", TOLERANCE_S),
    )
