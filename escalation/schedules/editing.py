"""Edits of a schedule: when a change takes effect, and how the order of a ring goes on. Pure.

Nobody on call changes but where the edit says so: a ring that was changed is turned so that at
the moment at which it takes effect the person comes whose turn it would have been.
"""

from dataclasses import replace

from escalation.schedules.definition import Definition, Layer, Slot
from escalation.schedules.turns import boundary_wall, rotation_between

# What moves the turns of a layer when it changes; the rest changes who is on call at most.
PACE = ("unit", "every", "anchor", "zone", "turns", "step")


def next_hand_over(definition: Definition, after: int) -> int:
    """The first hand-over of any layer after an instant, but for layers of one place; the instant
    itself where there is none."""
    moments = [
        _end_of_turn(definition, layer, after) for layer in definition.layers if len(layer.ring) > 1
    ]
    return min(moments, default=after)


def first_change(old: Definition, new: Definition, after: int) -> int:
    """When an edit takes effect unless somebody chooses: at the next hand-over of the layers that
    it changes, the earliest; at once where it adds or removes whole layers only."""
    before = {layer.id: layer for layer in old.layers}
    changed = [before[one.id] for one in new.layers if one.id in before and one != before[one.id]]
    return next_hand_over(Definition(old.zone, tuple(changed)), after)


def continued(old: Definition, new: Definition, at: int) -> Definition:
    """The new definition with the rings of its layers turned so that their order goes on at
    ``at``. A layer whose pace was changed, and one that is new, is as it was written."""
    before = {layer.id: layer for layer in old.layers}
    layers = [
        _continued(old, before[layer.id], layer, at)
        if layer.id in before and _goes_on(before[layer.id], layer)
        else layer
        for layer in new.layers
    ]
    return replace(new, layers=tuple(layers))


def _goes_on(old: Layer, new: Layer) -> bool:
    same_pace = all(getattr(old, name) == getattr(new, name) for name in PACE)
    return same_pace and old.ring != new.ring and bool(old.ring and new.ring)


def _continued(old: Definition, before: Layer, layer: Layer, at: int) -> Layer:
    """On a boundary whoever comes next begins; within a turn whoever is on call stays, unless
    they are not in the new ring."""
    rotation = rotation_between(old, before, at, at)
    turn = rotation.turn_at(at)
    first = _next_place(before.ring, rotation.place(turn), layer.ring)
    ring = layer.ring[first:] + layer.ring[:first]
    return replace(layer, anchor=boundary_wall(before, turn), ring=ring)


def _next_place(old: tuple[Slot, ...], start: int, new: tuple[Slot, ...]) -> int:
    """The place in the new ring of the first of the old one, from ``start`` on, that still
    exists: with the same people, else with one of them."""
    for number in range(len(old)):
        slot = old[(start + number) % len(old)]
        if slot in new:
            return new.index(slot)
        for place, other in enumerate(new):
            if set(slot) & set(other):
                return place
    return 0


def _end_of_turn(definition: Definition, layer: Layer, at: int) -> int:
    rotation = rotation_between(definition, layer, at, at)
    return rotation.begins(rotation.turn_at(at) + 1)
