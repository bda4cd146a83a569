"""Spans of time in words."""

UNITS = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))


def spell(seconds: float) -> str:
    """At most two units: ``2 d 3 h``, ``5 min``, ``40 s``. From ten of a unit on, only that one."""
    left = int(seconds)
    for at, (unit, size) in enumerate(UNITS):
        if left < size:
            continue
        whole, rest = divmod(left, size)
        if unit in ("s", "min") or whole >= 10:
            return f"{whole} {unit}"
        lower, part = UNITS[at + 1]
        return f"{whole} {unit} {rest // part} {lower}" if rest >= part else f"{whole} {unit}"
    return "0 s"
