"""A ring goes on in its order, whatever is changed around it."""

from dataclasses import replace

from escalation.schedules import editing
from escalation.schedules.definition import Definition, Layer, Unit, parse_wall
from escalation.schedules.facts import Facts, Override, OverrideKind, Version
from escalation.schedules.resolver import piece_at, shifts, who
from tests.escalation.schedules.people import (
    DUTY,
    ID_OF,
    WORKDAYS,
    absence,
    facts,
    instant,
    layer,
    names,
    slots,
    window,
)

MONDAY = "2026-03-02T09:00"
DAY_S = 86_400


def rota(*ring, **fields):
    return layer("L", MONDAY, slots(*([name] for name in ring)), **fields)


def test_days_without_hours_do_not_use_up_turns_where_turns_count_by_duty():
    daily = rota("Ana", "Bo", "Cy", unit=Unit.DAY, windows=(window(WORKDAYS, 9, 17),), turns=DUTY)
    found = [
        p
        for p in shifts(facts(daily), instant("2026-03-02T00:00Z"), instant("2026-03-10T00:00Z"))
        if p.places
    ]

    assert [names(piece.places) for piece in found] == [
        ("Ana",), ("Bo",), ("Cy",), ("Ana",), ("Bo",), ("Cy",),
    ]  # fmt: skip


def test_time_off_does_not_use_up_a_turn_of_anybody_else():
    weekly = rota("Ana", "Bo", "Cy")
    away = absence(1, "Bo", "2026-03-01T00:00Z", "2026-03-20T00:00Z", "Di")
    known = facts(weekly, absences=(away,))

    weeks = [who(known, instant(MONDAY + "Z") + week * 7 * DAY_S) for week in range(4)]

    assert [names(places) for places in weeks] == [("Ana",), ("Di",), ("Cy",), ("Ana",)]


def test_an_edit_changes_nothing_before_it_takes_effect_and_nobody_on_call():
    old = Definition("Europe/Berlin", (rota("Ana", "Bo", "Cy"),))
    at = instant("2026-03-18T12:00Z")  # Within Cy's week.
    new = editing.continued(old, Definition(old.zone, (rota("Di", "Ana", "Cy", "Bo"),)), at)
    before, after = Facts((Version(old),)), Facts((Version(old), Version(new, at)))

    start = instant("2026-03-01T00:00Z")
    assert shifts(before, start, at) == shifts(after, start, at)
    assert names(who(after, at)) == names(who(before, at - 1)) == ("Cy",)
    following = [names(who(after, at + week * 7 * DAY_S)) for week in (1, 2, 3)]
    assert following == [("Bo",), ("Di",), ("Ana",)]


def test_who_is_taken_out_is_followed_by_the_next_who_is_left():
    old = Definition("Europe/Berlin", (rota("Ana", "Bo", "Cy"),))
    at = instant("2026-03-11T12:00Z")  # Within Bo's week.
    new = editing.continued(old, Definition(old.zone, (rota("Ana", "Cy"),)), at)
    after = Facts((Version(old), Version(new, at)))

    assert [names(who(after, at + week * 7 * DAY_S)) for week in range(3)] == [
        ("Cy",),
        ("Ana",),
        ("Cy",),
    ]


def test_an_edit_takes_effect_at_the_next_hand_over_of_what_it_changes():
    weekly, daily = rota("Ana", "Bo"), replace(rota("Cy", "Di", unit=Unit.DAY), id="D")
    old = Definition("Europe/Berlin", (weekly, daily))
    now = instant("2026-03-04T12:00Z")

    of_weekly = replace(old, layers=(rota("Ana", "Bo", "Ed"), daily))
    of_daily = replace(old, layers=(weekly, replace(daily, ring=slots(["Cy"]))))

    assert editing.first_change(old, of_weekly, now) == instant("2026-03-09T08:00Z")
    assert editing.first_change(old, of_daily, now) == instant("2026-03-05T08:00Z")
    assert editing.first_change(old, replace(old, layers=(weekly,)), now) == now


def test_until_when_is_said_as_far_as_it_goes():
    piece = piece_at(facts(rota("Ana", "Bo")), instant("2026-03-03T12:00Z"))

    assert (piece.end, names(piece.places)) == (instant("2026-03-09T08:00Z"), ("Ana",))


def test_a_definition_is_the_same_after_it_was_stored():
    whole = Definition(
        "Europe/Berlin",
        (
            rota(
                "Ana",
                "Bo",
                windows=(window(WORKDAYS, 22, 6),),
                secondaries=1,
                starts=parse_wall(MONDAY),
            ),
            Layer(
                "M",
                "Monthly",
                unit=Unit.MONTH,
                anchor=parse_wall(MONDAY),
                ring=((ID_OF["Cy"],), ()),
            ),
        ),
    )

    assert Definition.from_json(whole.to_json()) == whole


def test_hours_end_when_the_clock_reads_their_end_for_the_last_time_and_leave_no_hole():
    late = rota("Ana", windows=(window({5}, 22, 2.5),))  # Saturday until Sunday 02:30.
    early = replace(rota("Bo", windows=(window({6}, 2.5, 8),)), id="early")
    known = facts(late, early)

    # 2026-10-25: 02:30 is read at 00:30 and again at 01:30 UTC.
    assert names(who(known, instant("2026-10-25T00:29Z"))) == ("Ana",)
    assert names(who(known, instant("2026-10-25T00:30Z"))) == ("Ana", "Bo")
    assert names(who(known, instant("2026-10-25T01:29Z"))) == ("Ana", "Bo")
    assert names(who(known, instant("2026-10-25T01:30Z"))) == ("Bo",)


def test_nobody_in_place_of_one_person_leaves_the_others_on_call():
    both = layer("week", "2026-03-02T09:00", slots(("Ana", "Bo")))
    start, end = instant("2026-03-03T10:00Z"), instant("2026-03-03T12:00Z")

    def without(name):
        gone = Override(7, OverrideKind.NOBODY, start, end, 0, instead_of=ID_OF[name])
        return shifts(facts(both, overrides=(gone,)), start - 60, end + 60)

    assert [names(piece.places) for piece in without("Bo")] == [
        ("Ana", "Bo"),
        ("Ana",),
        ("Ana", "Bo"),
    ]
    assert [names(piece.places) for piece in without("Cy")] == [("Ana", "Bo")]


def test_nobody_in_place_of_the_only_person_is_on_purpose():
    alone = layer("week", "2026-03-02T09:00", slots(("Ana",)))
    start = instant("2026-03-03T10:00Z")
    gone = Override(7, OverrideKind.NOBODY, start, start + 60, 0, instead_of=ID_OF["Ana"])

    piece = piece_at(facts(alone, overrides=(gone,)), start)

    assert (piece.places, piece.hole, piece.end) == ((), 7, start + 60)
