"""What is wrong with layers, as the editor says it: with the names that its fields have."""

from collections.abc import Mapping
from typing import Any

LABELS = {
    "name": "Name",
    "rank": "Rank",
    "every": "Every",
    "anchor": "First hand-over",
    "ring": "People",
    "windows": "Hours",
    "zone": "Time zone",
    "primaries": "On call at once",
    "secondaries": "Secondaries",
    "step": "Moves on by",
    "from": "Starts",
    "until": "Ends",
    "turns": "Order",
}


def problems_of(errors: Mapping[str, Any]) -> tuple[list[str], dict[int, list[str]]]:
    """→ (those of the whole, {place of a layer: those of the layer})."""
    whole: list[str] = []
    of_layers: dict[int, list[str]] = {}
    for path, found in errors.items():
        if path == "layers" and isinstance(found, Mapping):
            for number, of_layer in found.items():
                lines = [f"{LABELS.get(n, n)}: {text}" for n, text in _flat(of_layer)]
                of_layers.setdefault(number, []).extend(lines)
        elif path.startswith("layers["):
            place, _, name = path.removeprefix("layers[").partition("].")
            texts = [f"{LABELS.get(name, name)}: {text}" for _, text in _flat({name: found})]
            of_layers.setdefault(int(place), []).extend(texts)
        else:
            whole += [text for _, text in _flat({path: found})]
    return whole, of_layers


def _flat(errors: Any, name: str = "") -> list[tuple[str, str]]:
    """(field, sentence) of nested errors."""
    if isinstance(errors, Mapping):
        return [
            line
            for key, found in errors.items()
            for line in _flat(found, name or (key if isinstance(key, str) else ""))
        ]
    if isinstance(errors, list):
        return [line for found in errors for line in _flat(found, name)]
    return [(name, str(errors))]
