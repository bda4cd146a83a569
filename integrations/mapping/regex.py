"""Regular expressions that cannot run away: RE2, in time linear to the text."""

from typing import Any

import re2

MAX_LENGTH = 1000
LOOK_AROUND = ("(?=", "(?!", "(?<")


def compile_pattern(
    raw: Any, where: str, problems: list[tuple[str, str]], *, is_case_sensitive: bool = False
) -> Any:
    """The compiled pattern, or None with a problem noted that says at which character."""
    if not isinstance(raw, str) or not raw or len(raw) > MAX_LENGTH:
        problems.append((where, f"write a pattern of 1 to {MAX_LENGTH} characters"))
        return None
    options = re2.Options()
    options.case_sensitive = is_case_sensitive
    options.log_errors = False
    try:
        return re2.compile(raw, options)
    except (re2.error, UnicodeEncodeError) as error:
        problems.append((where, _explain(raw, error)))
        return None


def _explain(pattern: str, error: Exception) -> str:
    if isinstance(error, UnicodeEncodeError):
        return f"character {error.start + 1} of the pattern is half a character"
    said = error.args[0] if error.args else ""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    fault, _, fragment = text.partition(": ")
    place = pattern.find(fragment) + 1 if fragment else 0
    mend = ""
    if fragment.startswith(LOOK_AROUND):
        mend = "; look-around does not exist here: put what must not match into “none”"
    return f"“{pattern}”, character {place or 1}: {fault}{mend}"
