"""Constants that are durations or sizes of texts say their unit in their name."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
APPS = ["opsportal", "integrations", "escalation", "notifications", "incidents"]
DURATION = re.compile(r"(TIMEOUT|DELAY|PAUSE|IDLE|LEASE|TTL|TOLERANCE|LEEWAY|GRACE)")
DURATION_UNITS = ("_S", "_MS", "_SECONDS", "_MINUTES", "_HOURS", "_DAYS")
SIZE_UNITS = ("_BYTES", "_KIB", "_MIB", "_CHARS")
SECONDS_IN = {60, 3600, 86_400}
PIXELS = "_PX"


def constants():
    """(place, name, value) of every number at the top of a module."""
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            for node in ast.parse(path.read_text()).body:
                for name, value in pairs(node):
                    if name.isupper() and numbers_of(value):
                        yield f"{path.relative_to(ROOT)}:{node.lineno}: {name}", name, value


def pairs(node):
    """(name, value) of an assignment, also of ``A, B = 1, 2``."""
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        yield node.target.id, node.value
    for target in node.targets if isinstance(node, ast.Assign) else ():
        if isinstance(target, ast.Name):
            yield target.id, node.value
        elif isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
            names = [one.id for one in target.elts]
            yield from zip(names, node.value.elts, strict=True)


def numbers_of(value):
    """The factors of a product of numbers; none of anything else."""
    if isinstance(value, ast.Constant) and type(value.value) in (int, float):
        return [value.value]
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Mult):
        left, right = numbers_of(value.left), numbers_of(value.right)
        return left + right if left and right else []
    return []


def is_duration(name, factors):
    in_seconds = len(factors) > 1 and SECONDS_IN & set(factors)
    is_fraction = any(isinstance(one, float) for one in factors)
    return bool(DURATION.search(name) or in_seconds or is_fraction)


def test_durations_say_their_unit():
    found = [
        place
        for place, name, value in constants()
        if is_duration(name, numbers_of(value))
        and not name.endswith((*DURATION_UNITS, PIXELS))
        and "_PER_" not in name
    ]

    assert found == []


def test_sizes_say_whether_they_count_bytes_or_characters():
    found = [
        place
        for place, name, value in constants()
        if (1024 in numbers_of(value)[1:] or "BODY" in name) and not name.endswith(SIZE_UNITS)
    ]

    assert found == []
