"""The pages of schedules, as an admin clicks them and a responder reads them."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from escalation.actions import schedules
from escalation.models import Absence, Override, Schedule, Target
from escalation.schedules.definition import Definition, Layer, Unit, Window, parse_wall
from incidents.models import Membership
from tests.api import make_person
from tests.factories import make_policy, make_team, make_user

pytestmark = pytest.mark.django_db
ANCHOR = "2026-03-02T09:00"


@pytest.fixture
def owner(client):
    person = make_person("Owner")
    client.force_login(person)
    return person


@pytest.fixture
def people():
    return [make_user(name) for name in ("Ana", "Bo", "Cy")]


def make_schedule(people, name="Payments", **fields):
    ring = tuple((person.pk,) for person in people)
    layer = Layer("weekly", "Weekly", anchor=parse_wall(ANCHOR), ring=ring, **fields)
    return schedules.add_schedule(Definition("Europe/Berlin", (layer,)), name=name)


def fields(people, **changes):
    return {
        "layers": "1",
        "0-name": "Weekly",
        "0-rank": "1",
        "0-unit": "week",
        "0-every": "1",
        "0-anchor": ANCHOR,
        "0-turns": "calendar",
        "0-secondaries": "0",
        "0-windows": "0",
        "0-person": [str(person.pk) for person in people],
        "name": "Payments",
        "zone": "Europe/Berlin",
        "keeps_order": "on",
        **changes,
    }


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_a_new_schedule_is_made_of_what_was_chosen(client, owner, people):
    answer = client.post("/schedules/add/", fields(people))

    schedule = Schedule.objects.get()
    assert answer.status_code == 302, text_of(answer)
    assert answer["Location"] == schedule.get_absolute_url()
    definition = schedules.definition_at(schedule, timezone.now())
    assert definition.layers[0].ring == tuple((person.pk,) for person in people)


def test_two_people_of_one_place_are_on_call_together(client, owner, people):
    client.post("/schedules/add/", fields(people, **{"0-together": ["1"]}))

    definition = schedules.definition_at(Schedule.objects.get(), timezone.now())
    ana, bo, cy = (person.pk for person in people)
    assert definition.layers[0].ring == ((ana, bo), (cy,))


@pytest.mark.parametrize(
    ("button", "expected"),
    [
        ("add-person:0", 4),
        ("remove-person:0:1", 2),
        ("remove-person:0:99", 3),
        ("up:0:nonsense", 3),
        ("no-such-button", 3),
    ],
)
def test_a_button_changes_the_form_and_saves_nothing(client, owner, people, button, expected):
    answer = client.post("/schedules/add/", fields(people, do=button))

    assert answer.status_code == 200
    assert answer.content.count(b'name="0-person"') == expected
    assert not Schedule.objects.exists()


def test_people_are_moved_and_layers_added(client, owner, people):
    ana, bo, _ = people
    answer = client.post("/schedules/add/", fields(people, do="up:0:1"))
    chosen = re.findall(r'<option value="(\d+)" selected>', answer.content.decode())
    assert chosen[:2] == [str(bo.pk), str(ana.pk)]

    answer = client.post("/schedules/add/", fields(people, do="add-layer"))
    assert b'name="1-name"' in answer.content


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"0-every": "x"}, "Every: A valid integer is required"),
        ({"0-unit": "week", "0-every": "200"}, "Every: A turn lasts at most 104 weeks"),
        ({"0-anchor": ""}, "First hand-over: This field may not be blank"),
        ({"0-person": []}, "People: Nobody is in this layer"),
        ({"0-secondaries": "3"}, "On call at once: 4 are on call at once"),
        (
            {"0-windows": "1", "0-0-days": ["0"], "0-0-start": "nine", "0-0-end": "17:00"},
            "Write a time of day",
        ),
        ({"name": ""}, "This field is required"),
        ({"role": "primary"}, "Say of which team it is the role"),
    ],
)
def test_what_cannot_be_is_said_where_it_stands(client, owner, people, change, sentence):
    answer = client.post("/schedules/add/", fields(people, **change))

    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert not Schedule.objects.exists()


def test_an_edit_shows_what_it_changes_before_it_is_saved(client, owner, people):
    schedule = make_schedule(people)
    di = make_user("Di")
    url = reverse("schedule_edit", args=[schedule.pk])
    posted = fields([*people, di], **{"0-id": "weekly", "when": "next"})

    shown = client.post(url, {**posted, "do": "look"})

    assert shown.status_code == 200
    assert "What changes" in text_of(shown)
    assert "Di" in text_of(shown).partition("Hours in the next quarter")[2]
    assert schedule.versions.count() == 1

    saved = client.post(url, posted, follow=True)

    assert "is saved" in text_of(saved)
    new = schedule.versions.last()
    assert new.effective_from > timezone.now()
    assert new.made_by == owner


def test_an_edit_without_a_change_makes_no_version(client, owner, people):
    schedule = make_schedule(people)
    posted = fields(people, **{"0-id": "weekly", "when": "now"})

    client.post(reverse("schedule_edit", args=[schedule.pk]), posted)

    assert schedule.versions.count() == 1


def test_the_timeline_the_table_and_the_shift_say_the_same(client, owner, people):
    hours = (Window(frozenset(range(5)), 540, 1020),)
    schedule = make_schedule(people, windows=hours)
    url = schedule.get_absolute_url()

    timeline = client.get(f"{url}?from=2026-03-02&weeks=1").content.decode()
    table = text_of(client.get(f"{url}?from=2026-03-02&weeks=1&as=table"))
    noon = int(datetime.fromisoformat("2026-03-02T12:00+01:00").timestamp())
    shift = text_of(client.get(f"{url}shift/?at={noon}"))

    assert 'aria-label="Ana, Payments, Mon 2 Mar 09:00 to Mon 2 Mar 17:00"' in timeline
    assert 'aria-label="Nobody, Payments, Mon 2 Mar 17:00 to Tue 3 Mar 09:00"' in timeline
    assert "Mon 2 Mar 09:00 Mon 2 Mar 17:00 Ana" in table
    assert "Ana Layer Weekly, until Mon 9 Mar 09:00" in shift


@pytest.mark.parametrize(
    "query",
    ["from=nonsense", "from=9999-99-99", "weeks=3", "weeks=-1", "zone=mine", "from=0001-01-01"],
)
def test_an_odd_address_shows_the_page(client, owner, people, query):
    url = make_schedule(people).get_absolute_url()

    assert client.get(f"{url}?{query}").status_code == 200
    assert client.get(f"/schedules/?{query}").status_code == 200
    assert client.get(f"{url}shift/?at={query}").status_code == 200


def test_a_day_of_25_hours_is_drawn_so(client, owner, people):
    page = client.get(f"{make_schedule(people).get_absolute_url()}?from=2026-10-24&weeks=1")

    assert "25 h" in text_of(page)


def test_taking_over_is_one_click_and_holds_at_once(client, people):
    schedule = make_schedule(people[:1])
    me = make_person("Responder")
    client.force_login(me)

    answer = client.post(reverse("schedule_take", args=[schedule.pk]), {"until": "1"}, follow=True)

    assert f"You are on call in {schedule}" in text_of(answer)
    made = Override.objects.get()
    assert (made.people, made.instead_of, made.origin) == ([me.pk], people[0], "take")
    assert made.ends_at - made.starts_at == timedelta(hours=1)

    again = client.post(reverse("schedule_take", args=[schedule.pk]), {"until": "1"}, follow=True)
    assert "on call in Payments already" in text_of(again)

    client.post(reverse("override_cancel", args=[made.pk]))
    made.refresh_from_db()
    assert made.cancelled_by == me


def test_an_override_is_made_in_the_time_of_the_schedule(client, owner, people):
    schedule = make_schedule(people)
    day = (timezone.now() + timedelta(days=10)).date()
    posted = {
        "people": [people[2].pk],
        "kind": "everybody",
        "starts": f"{day}T09:00",
        "ends": f"{day}T17:00",
        "reason": "training",
    }

    answer = client.post(reverse("schedule_override", args=[schedule.pk]), posted)

    assert answer.status_code == 302, text_of(answer)
    made = Override.objects.get()
    assert f"{made.starts_at.astimezone(ZoneInfo('Europe/Berlin')):%H:%M}" == "09:00"


def test_a_time_that_the_clock_leaves_out_is_refused(client, owner, people):
    schedule = make_schedule(people)
    posted = {
        "people": [people[2].pk],
        "kind": "everybody",
        "starts": "2027-03-28T02:30",
        "ends": "2027-03-28T08:00",
    }

    answer = client.post(reverse("schedule_override", args=[schedule.pk]), posted)

    assert answer.status_code == 422
    assert "The clock of Europe/Berlin leaves this time out" in text_of(answer)


def test_who_does_not_manage_neither_edits_nor_names_others(client, people):
    schedule = make_schedule(people)
    client.force_login(make_person("Responder"))

    assert client.get(reverse("schedule_edit", args=[schedule.pk])).status_code == 404
    assert client.post(reverse("schedule_delete", args=[schedule.pk])).status_code == 404
    form = client.get(reverse("schedule_override", args=[schedule.pk])).content.decode()
    assert f'<option value="{people[0].pk}"' not in form.partition('name="kind"')[0]


def test_who_does_not_manage_cannot_leave_nobody_on_call(client, people):
    schedule = make_schedule(people)
    client.force_login(make_person("Responder"))
    day = (timezone.now() + timedelta(days=3)).date()
    posted = {
        "kind": "nobody",
        "starts": f"{day}T09:00",
        "ends": f"{day}T17:00",
        "reason": "quiet, please",
    }

    answer = client.post(reverse("schedule_override", args=[schedule.pk]), posted)

    assert answer.status_code in (403, 422)
    assert not Override.objects.exists()


def test_a_manager_edits_the_schedule_of_the_team(client, people):
    manager = make_person("Responder")
    team = make_team(manager)
    Membership.objects.filter(user=manager).update(is_manager=True)
    schedule = make_schedule(people)
    Schedule.objects.update(team=team)
    client.force_login(manager)

    assert client.get(reverse("schedule_edit", args=[schedule.pk])).status_code == 200


def test_my_shifts_and_out_of_office(client, people):
    me = make_person("Responder")
    make_schedule([me])
    client.force_login(me)
    day = (timezone.now() + timedelta(days=2)).date()
    posted = {"starts": f"{day}T00:00", "ends": f"{day}T12:00", "cover": people[0].pk}

    answer = client.post("/my-shifts/", posted, follow=True)

    assert "Ana covers" in text_of(answer)
    assert "Payments" in text_of(answer)
    row = Absence.objects.get()
    client.post(reverse("absence_cancel", args=[row.pk]))
    row.refresh_from_db()
    assert row.cancelled_at is not None


def test_on_call_now_shows_who_until_when_and_who_is_next(client, owner, people):
    make_schedule(people)
    make_schedule([owner], name="Mine", unit=Unit.DAY)

    page = text_of(client.get("/oncall/"))

    assert re.search(r"(Ana|Bo|Cy) Until \w+ \d+ \w+ \d\d:\d\d , then (Ana|Bo|Cy)", page)
    assert "No change in the next five weeks" in page
    assert "You are on call here" in page


def test_a_schedule_that_a_policy_tells_is_kept(client, owner, people):
    schedule = make_schedule(people)
    policy = make_policy([])
    Target.objects.create(step=policy.steps.get(), kind="schedule", schedule=schedule)

    answer = client.post(reverse("schedule_delete", args=[schedule.pk]), follow=True)

    assert "change that first" in text_of(answer)
    assert Schedule.objects.exists()


@pytest.mark.usefixtures("owner")
@pytest.mark.parametrize("page", ["/schedules/", "/oncall/"])
def test_many_schedules_cost_as_many_queries_as_one(client, people, page):
    def queries():
        with CaptureQueriesContext(connection) as asked:
            client.get(page)
        return len(asked)

    make_schedule(people, name="Schedule 0")
    client.get(page)  # What is asked for once in a while.
    one = queries()
    for number in range(1, 12):
        make_schedule(people, name=f"Schedule {number}")

    assert queries() <= one
