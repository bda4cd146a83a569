"""JSON that a message carries as the text of a field."""

from typing import Any

from integrations.inference.leaves import write
from integrations.mapping.decode_steps import AnyStep, compile_decode_steps


def embedded_paths(firing: Any, resolved: Any) -> tuple[str, ...]:
    """The fields of both messages whose text is a JSON object or list."""
    if not isinstance(firing, dict) or not isinstance(resolved, dict):
        return ()
    found = []
    for name, text in firing.items():
        path = write((name,)) if name else ""
        if _is_opened(path, text, firing) and _is_opened(path, resolved.get(name), resolved):
            found.append(path)
    return tuple(found)


def decode_embedded(tree: Any, unwrap: tuple[str, ...]) -> Any:
    """The tree with these fields read as JSON."""
    for step in _steps(unwrap):
        tree = step.apply(tree, {})
    return tree


def _steps(unwrap: tuple[str, ...]) -> tuple[AnyStep, ...]:
    return compile_decode_steps([{"path": path, "as": "json"} for path in unwrap], "decode", [])


def _is_opened(path: str, text: Any, tree: dict[str, Any]) -> bool:
    if not path or not isinstance(text, str) or text.strip()[:1] not in ("{", "["):
        return False
    steps = _steps((path,))
    return bool(steps) and steps[0].apply(tree, {}) is not tree
