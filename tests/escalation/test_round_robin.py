"""Whose turn it is in a round robin, without a database."""

from escalation.plans.round_robin import Ring, after, pick, with_entries

ANA, BO, CY = "user:1", "user:2", "user:3"
RING = Ring("Support", (ANA, BO, CY))


def asked(ring, *rounds):
    """Whom it asks, one after another; each round names those who can not be asked."""
    found = []
    for away in rounds:
        code, ring = pick(ring, lambda one, away=away: one not in away)
        found.append(code)
    return found


def test_each_incident_asks_the_next_one_and_then_begins_anew():
    assert asked(RING, "", "", "", "") == [ANA, BO, CY, ANA]


def test_whoever_is_away_does_not_lose_the_turn():
    assert asked(RING, [ANA], "", "", "", "") == [BO, ANA, CY, ANA, BO]


def test_whoever_is_long_away_holds_up_nobody():
    assert asked(RING, [ANA], [ANA], [ANA], [ANA], "") == [BO, CY, BO, CY, ANA]


def test_whoever_is_back_when_it_is_their_turn_is_asked_once():
    assert asked(RING, [ANA], [ANA], "", "", "") == [BO, CY, ANA, BO, CY]


def test_where_nobody_can_be_asked_nothing_changes():
    code, ring = pick(RING, lambda code: False)

    assert (code, ring) == (None, RING)
    assert pick(Ring("Empty", ()), lambda code: True)[0] is None


def test_the_next_ones_of_a_cycle_are_each_asked_once():
    assert [after(RING, BO, places) for places in (1, 2, 3)] == [CY, ANA, None]
    assert after(RING, "user:9", 1) is None


def test_an_edit_keeps_the_turn_of_the_same_entry():
    _, ring = pick(RING, lambda code: True)

    assert asked(with_entries(ring, [CY, "user:4", BO, ANA]), "") == [BO]


def test_an_edit_that_takes_out_whose_turn_it_is_passes_it_on():
    _, ring = pick(RING, lambda code: True)

    assert asked(with_entries(ring, [ANA, CY]), "") == [CY]
    assert asked(with_entries(ring, ["user:4", "user:5"]), "") == ["user:4"]


def test_an_edit_forgets_the_claims_of_those_who_left():
    _, ring = pick(RING, lambda code: code != ANA)

    assert with_entries(ring, [BO, CY]).skipped == ()
    assert with_entries(ring, [CY, ANA]).skipped == (ANA,)
