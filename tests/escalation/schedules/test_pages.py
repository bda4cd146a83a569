"""The pages of schedules, as a responder reads them."""

import re
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from escalation.models import Absence, Schedule
from escalation.schedules.definition import Unit, Window
from tests.api import make_person
from tests.escalation.schedules.pages import make_schedule
from tests.factories import make_team
from tests.pages import words

pytestmark = pytest.mark.django_db


def test_the_timeline_the_table_and_the_shift_say_the_same(client, owner, people):
    hours = (Window(frozenset(range(5)), 540, 1020),)
    schedule = make_schedule(people, windows=hours)
    url = schedule.get_absolute_url()

    timeline = client.get(f"{url}?from=2026-03-02&weeks=1").content.decode()
    table = words(client.get(f"{url}?from=2026-03-02&weeks=1&as=table"))
    noon = int(datetime.fromisoformat("2026-03-02T12:00+01:00").timestamp())
    shift = words(client.get(f"{url}shift/?at={noon}"))

    assert 'aria-label="Ana, Payments, Mon 2 Mar 09:00 to Mon 2 Mar 17:00"' in timeline
    assert 'aria-label="Nobody, Payments, Mon 2 Mar 17:00 to Tue 3 Mar 09:00"' in timeline
    assert "Mon 2 Mar 09:00 Mon 2 Mar 17:00 Ana" in table
    assert "Ana Layer Weekly, turn until Mon 9 Mar 09:00" in shift


@pytest.mark.parametrize(
    "query",
    [
        *(
            "from=nonsense",
            "from=9999-99-99",
            "weeks=3",
            "weeks=-1",
            "zone=mine",
            "from=0001-01-01",
        ),
        *("at=9000000000000000000", "at=1774853940&until=9000000000000000000", "until=-1"),
    ],
)
def test_an_odd_address_shows_the_page(client, owner, people, query):
    url = make_schedule(people).get_absolute_url()

    assert client.get(f"{url}?{query}").status_code == 200
    assert client.get(f"/schedules/?{query}").status_code == 200
    assert client.get(f"{url}shift/?at={query}").status_code == 200
    for page in ("shift/", "override/", "month/"):
        assert client.get(f"{url}{page}?{query}").status_code == 200


def test_a_day_of_25_hours_is_drawn_so(client, owner, people):
    page = client.get(f"{make_schedule(people).get_absolute_url()}?from=2026-10-24&weeks=1")

    assert "25 h" in words(page)


def test_the_schedules_of_ones_teams_come_first_whatever_they_are_called(
    client, people, monkeypatch
):
    monkeypatch.setattr("escalation.pages.schedules.views.PAGE_SIZE", 2)
    for name in ("billing", "Network", "Zebra"):
        make_schedule(people, name=name)
    me = make_person("Responder")
    Schedule.objects.filter(name="Zebra").update(team=make_team(me))
    client.force_login(me)

    pages = [words(client.get(f"/oncall/?page={number}")) for number in (1, 2)]

    assert [[name in page for name in ("Zebra", "billing", "Network")] for page in pages] == [
        [True, True, False],
        [False, False, True],
    ]


def test_another_week_keeps_what_else_was_chosen(client, owner, people):
    schedule = make_schedule(people)
    team = make_team(owner)
    Schedule.objects.update(team=team)

    listed = client.get(f"/schedules/?q=pay&team={team.pk}&from=2026-03-02").content.decode()
    shown = client.get(f"{schedule.get_absolute_url()}?weeks=1&as=table&zone=mine")

    assert f"?q=pay&amp;team={team.pk}&amp;from=2026-03-09" in listed
    assert "?weeks=4&amp;as=table&amp;zone=mine" in shown.content.decode()


def test_my_shifts_and_out_of_office(client, people):
    me = make_person("Responder")
    make_schedule([me])
    client.force_login(me)
    day = (timezone.now() + timedelta(days=2)).date()
    posted = {"starts": f"{day}T00:00", "ends": f"{day}T12:00", "cover": people[0].pk}

    answer = client.post("/my-shifts/", posted, follow=True)

    assert "Ana covers" in words(answer)
    assert "Payments" in words(answer)
    row = Absence.objects.get()
    client.post(reverse("absence_cancel", args=[row.pk]))
    row.refresh_from_db()
    assert row.cancelled_at is not None


def test_on_call_now_shows_who_until_when_and_who_is_next(client, owner, people):
    make_schedule(people)
    make_schedule([owner], name="Mine", unit=Unit.DAY)

    page = words(client.get("/oncall/"))

    assert re.search(r"(Ana|Bo|Cy) Until \w+ \d+ \w+ \d\d:\d\d , then (Ana|Bo|Cy)", page)
    assert "No change in the next five weeks" in page
    assert "You are on call here" in page


@pytest.mark.usefixtures("owner")
@pytest.mark.parametrize("page", ["/schedules/", "/oncall/"])
def test_many_schedules_cost_as_many_queries_as_one(client, people, page):
    def queries():
        client.get(page)  # What is asked for once in a while.
        with CaptureQueriesContext(connection) as asked:
            client.get(page)
        return len(asked)

    make_schedule(people, name="Schedule 0")
    one = queries()
    for number in range(1, 12):
        make_schedule(people, name=f"Schedule {number}")

    assert queries() <= one
