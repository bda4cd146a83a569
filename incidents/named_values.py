"""Named values as text: a line for each, such as ``region: EU``. Pure."""

from collections.abc import Mapping


def values_from_text(text: str) -> dict[str, str]:
    """Without spaces around names and values, which may be empty.

    Raises ValueError with a sentence for a line without a colon, or a name that is there twice.
    """
    found: dict[str, str] = {}
    for line in filter(str.strip, text.splitlines()):
        name, colon, value = map(str.strip, line.partition(":"))
        if not colon:
            raise ValueError(f"write name: value on a line; “{name[:80]}” has no colon")
        if name in found:
            raise ValueError(f"{name} is there twice")
        found[name] = value
    return found


def text_of_values(values: Mapping[str, object]) -> str:
    """The text that means these."""
    return "\n".join(f"{name}: {value}" for name, value in values.items())
