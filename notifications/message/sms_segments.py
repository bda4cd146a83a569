"""Into how many parts a text is cut on its way to a phone, each of which is paid for. Pure.

3GPP TS 23.038: seven bits for each character of one alphabet, or UCS-2 for the whole message as
soon as it has one other character. A pair (a character of the extension table, or a surrogate
pair) is never cut in two; a gateway that does so counts one part less.
"""

from dataclasses import dataclass

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("\f^{}\\[~]|€")
# How many units one part has that is alone, and one of several.
ROOM_GSM = (160, 153)
ROOM_UCS2 = (70, 67)


@dataclass(frozen=True, slots=True)
class Segments:
    """``units`` are septets, or of UCS-2 those of sixteen bits."""

    is_gsm: bool
    units: int
    parts: int


def segments(text: str) -> Segments:
    """How a text is sent; one part for an empty one."""
    is_gsm = BASIC.union(EXTENDED).issuperset(text)
    sizes = [_septets(c) if is_gsm else _units(c) for c in text]
    alone, several = ROOM_GSM if is_gsm else ROOM_UCS2
    units = sum(sizes)
    return Segments(is_gsm, units, 1 if units <= alone else _parts(sizes, several))


def _septets(char: str) -> int:
    return 2 if char in EXTENDED else 1


def _units(char: str) -> int:
    return 2 if ord(char) > 0xFFFF else 1


def _parts(sizes: list[int], room: int) -> int:
    parts, used = 1, 0
    for size in sizes:
        if used + size > room:
            parts, used = parts + 1, 0
        used += size
    return parts
