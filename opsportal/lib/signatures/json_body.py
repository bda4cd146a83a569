"""The JSON object that a signed body is, or the claims of a token, read before the signature holds.

What is read here comes from strangers: nothing of it may raise but what callers expect.
"""

import json
from typing import Any


def object_in(text: bytes | str) -> dict[str, Any] | None:
    """The JSON object; None for anything else, and for one that is nested too deep to be read."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
