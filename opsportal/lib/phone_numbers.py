"""Phone numbers, as they are shown where they need not be dialled."""

SHOWN_DIGITS = 3


def masked(number: str) -> str:
    """``+49…678`` of ``+4915112345678``; what is too short for that is hidden whole."""
    if len(number) <= 2 * SHOWN_DIGITS:
        return "…"
    return f"{number[:SHOWN_DIGITS]}…{number[-SHOWN_DIGITS:]}"
