"""Text of users within the markup of a chat: it is shown as it is, and calls nobody. Pure."""

import re

ZERO_WIDTH_SPACE = "\u200b"
# Up to what could end a link; so much is left as it is, for a backslash would break it.
URL = re.compile(r"(https?://[\w\-./:?=&%+~#,;]+)")


def escape(text: str, special: str) -> str:
    """A backslash before each of the special characters, but in URLs."""
    marks = re.compile(f"([{re.escape(special)}])")
    parts = URL.split(text)
    parts[::2] = [marks.sub(r"\\\1", part) for part in parts[::2]]
    return "".join(parts)


def without_mentions(text: str) -> str:
    """No ``@name`` in it is a mention, though it looks the same."""
    return text.replace("@", f"@{ZERO_WIDTH_SPACE}")
