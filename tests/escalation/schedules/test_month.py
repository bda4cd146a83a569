"""A schedule as a month, on paper, and with marks for the script of its timeline."""

import re
from datetime import date

import pytest
from django.urls import reverse

from escalation.actions import schedules
from escalation.pages.schedules.drafts import LayerDraft, PersonRow, press
from escalation.pages.schedules.month import weeks_of
from escalation.schedules.definition import Definition, Layer, Unit, Window, parse_wall
from tests.api import make_person
from tests.factories import make_schedule, make_team, make_user
from tests.rows import each

pytestmark = pytest.mark.django_db
ANCHOR = parse_wall("2026-03-02T09:00")


def cells(schedule, reader, month=date(2026, 3, 1)):
    weeks = weeks_of(schedule, month, date(2026, 3, 10), reader)
    return {cell.day: cell for week in weeks for cell in week}


def shown(cell):
    return [(shift.begins, shift.names) for shift in cell.shifts]


def test_each_day_says_who_is_on_call_from_when():
    ana, bo = make_user("Ana"), make_user("Bo")
    found = cells(make_schedule(ana, bo), bo)

    assert shown(found[date(2026, 3, 8)]) == [("", "Ana")]
    assert shown(found[date(2026, 3, 9)]) == [("", "Ana"), ("09:00", "Bo")]
    assert [shift.is_mine for shift in found[date(2026, 3, 9)].shifts] == [False, True]
    assert found[date(2026, 3, 10)].is_today


def test_the_weeks_begin_on_monday_and_hold_the_whole_month():
    found = cells(make_schedule(make_user()), make_user())

    assert min(found) == date(2026, 2, 23)
    assert max(found) == date(2026, 4, 5)
    assert [day for day, cell in found.items() if cell.is_other][-1] == date(2026, 4, 5)


def test_a_day_with_many_shifts_folds_all_but_three_and_says_where_it_is_nobody():
    ana, bo = make_user("Ana"), make_user("Bo")
    hours = (Window(frozenset([1]), 480, 1080),)  # Tuesdays from 8 to 18
    layer = Layer("l", "L", anchor=ANCHOR, ring=((ana.pk,), (bo.pk,)), unit=Unit.HOUR, every=2,
                  windows=hours)  # fmt: skip
    schedule = schedules.add_schedule(Definition("Europe/Berlin", (layer,)), name="Hours")
    tuesday = cells(schedule, ana)[date(2026, 3, 3)]

    assert shown(tuesday)[:2] == [("", "Nobody"), ("08:00", shown(tuesday)[1][1])]
    assert len(tuesday.shown) == 3
    assert len(tuesday.folded) == len(tuesday.shifts) - 3 > 1
    assert shown(tuesday)[-1] == ("18:00", "Nobody")


@each("month", ["2026-02", "2026-13", "nonsense", "9999-12", ""])
def test_the_page_opens_for_any_month(client, month):
    client.force_login(make_person("Responder"))
    schedule = make_schedule(make_user("Ana"))

    page = client.get(reverse("schedule_month", args=[schedule.pk]), {"month": month})

    assert page.status_code == 200
    assert "Ana" in page.content.decode()


def test_a_day_of_25_hours_is_one_cell():
    ana, bo = make_user("Ana"), make_user("Bo")
    found = cells(make_schedule(ana, bo), ana, date(2026, 10, 1))

    assert [name for _, name in shown(found[date(2026, 10, 25)])] == ["Bo"]
    assert len(found) == 35


def test_only_who_may_override_is_offered_to_mark_a_time(client):
    schedule = make_schedule(make_user("Ana"))
    url = reverse("schedule", args=[schedule.pk])

    me = make_person("Responder")
    schedule.team = make_team(me)
    schedule.save()
    client.force_login(me)
    page = client.get(url).content.decode()
    override = reverse("schedule_override", args=[schedule.pk])
    assert f'data-override="{override}"' in page
    start, end = re.search(r'data-timeline="(\d+) (\d+)" data-zone="Europe/Berlin"', page).groups()
    assert int(end) - int(start) in {14 * 86_400 + extra for extra in (-3600, 0, 3600)}

    client.force_login(make_person("Stakeholder"))
    page = client.get(url).content.decode()
    assert "data-timeline=" in page
    assert "data-override" not in page


@each(
    ("button", "order"),
    [
        ("move:0:0:2", "bca"),
        ("move:0:2:0", "cab"),
        ("move:0:1:1", "abc"),
        ("move:0:9:0", "abc"),
        ("move:0:0", "abc"),
    ],
)
def test_a_dropped_row_is_moved_as_the_arrows_do(button, order):
    draft = LayerDraft(people=[PersonRow(name) for name in "abc"])

    press([draft], button)

    assert "".join(row.person for row in draft.people) == order
