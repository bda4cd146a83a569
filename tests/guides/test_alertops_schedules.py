"""AlertOps' guides for groups and their schedules, played as an admin clicks: shifts of templates
and of one's own, overrides, out of office, export. Its group is our team, its schedule of a group
our schedule, its shift our layer."""

import pytest

from escalation.actions.team_schedules import add_team_schedule
from escalation.models import Schedule
from tests.factories import make_team, make_user
from tests.guides.desk import go
from tests.guides.on_call import on_call
from tests.integrations.pages import browser

pytestmark = pytest.mark.django_db
DAY, EVENING, SATURDAY = "2027-01-05 12:00", "2027-01-05 20:00", "2027-01-09 12:00"


@pytest.fixture
def admin():
    client = browser("App Admin")
    client.user.name, client.user.time_zone = "Ada", "Europe/Berlin"
    client.user.save()
    return client


@pytest.fixture
def people():
    return [make_user(name) for name in ("Ana", "Bo", "Cy")]


@pytest.fixture
def shop(admin, people):
    """The schedule of a group, as it begins with."""
    return add_team_schedule(make_team(*people), by=admin.user)


def editor(admin, schedule):
    return go(admin, schedule.get_absolute_url()).follow("Edit")


def now(page):
    return page.fill(when="now").press("Save changes")


def ids(people):
    return [str(person.pk) for person in people]


def test_row_39_a_new_group_is_covered_around_the_clock_by_all_of_it(admin, people):
    page = go(admin, "/admin/incidents/team/").follow("Add team").fill(name="Shop")
    for number, person in enumerate(people):
        page.add("memberships", user=person.pk, is_primary="on", position=number)

    page = page.press("Save")

    shop = Schedule.objects.get()
    assert "was added successfully" in page.text
    assert on_call(shop, DAY) == on_call(shop, SATURDAY) == ["Ana", "Bo", "Cy"]
    assert "Team Shop" in go(admin, shop.get_absolute_url()).text


def test_row_40_a_shift_of_a_template_takes_turns_and_the_shorter_one_wins(admin, shop, people):
    page = editor(admin, shop).press("Business hours")
    page = page.press("add-person:1").fill(**{"1-person": ids(people[1:])})

    page = now(page)

    assert "is saved" in page.text
    assert on_call(shop, DAY) != on_call(shop, "2027-01-12 12:00")
    assert {*on_call(shop, DAY), *on_call(shop, "2027-01-12 12:00")} == {"Bo", "Cy"}
    assert on_call(shop, EVENING) == ["Ana", "Bo", "Cy"]


def test_a_fixed_shift_has_all_members_and_the_sun_is_followed(admin, shop, people):
    page = editor(admin, shop).press("Follow the sun, eight hours each")
    page = page.press("remove-layer:0")
    page = page.fill(**{f"{n}-person": ids([person]) for n, person in enumerate(people)})
    now(page.press("Everybody, business hours"))

    assert [on_call(shop, f"2027-01-05 {hour}:00") for hour in ("07", "08", "23")] == [
        *(["Ana"], ["Bo"], ["Cy"]),
    ]
    assert on_call(shop, DAY) == ["Ana", "Bo", "Cy"]


def test_row_40_a_shift_of_ones_own_rotates_so_many_users_at_its_time(admin, shop, people):
    """Continuous from Friday to Monday, two primaries and a secondary, daily, for some weeks, by a
    clock of its own, off on holidays."""
    page = editor(admin, shop).press("add-layer").press("add-person:1").press("add-person:1")
    page = page.press("add-person:1").press("add-window:1")
    page = page.fill(
        **{
            "1-name": "Long weekend",
            "1-person": ids(people),
            "1-every": "1",
            "1-unit": "day",
            "1-anchor": "2027-01-08T17:00",
            "1-primaries": "2",
            "1-secondaries": "1",
            "1-step": "2",
            "1-zone": "Asia/Tokyo",
            "1-starts": "2027-01-01T00:00",
            "1-until": "2027-01-31T00:00",
            "1-holidays": "off",
            "1-0-days": ["4"],
            "1-0-start": "17:00",
            "1-0-end": "07:59",
            "1-0-plus_days": "3",
        }
    )
    page = now(page)

    assert "is saved" in page.text, page.text
    assert on_call(shop, "2027-01-08 09:00") == ["Ana", "Bo", "Cy"]  # 17:00 in Tokyo
    layer = shop.versions.latest("pk").definition["layers"][1]
    assert (layer["primaries"], layer["secondaries"], layer["step"]) == (2, 1, 2)
    assert (layer["zone"], layer["holidays"]) == ("Asia/Tokyo", "off")
    assert layer["windows"] == [
        {"days": [4], "start": "17:00", "end": "07:59", "plus_days": 3},
    ]


def test_what_a_layer_cannot_be_is_said_in_the_words_of_its_fields(admin, shop):
    page = editor(admin, shop).fill(**{"0-primaries": "9", "0-zone": "Berlin"})

    page = page.press("Save changes")

    assert "Time zone: 'Berlin' is no IANA time zone" in page.text


def test_row_41_an_override_ends_by_itself(admin, shop, people):
    page = go(admin, shop.get_absolute_url()).follow("Override")

    page = page.fill(people=ids(people[1:2]), starts="2027-01-05T10:00", ends="2027-01-05T14:00")
    page = page.fill(kind="everybody", reason="Training").press("Save override")

    assert "Training" in page.text
    assert on_call(shop, DAY) == ["Bo"]
    assert on_call(shop, "2027-01-05 14:00") == ["Ana", "Bo", "Cy"]


def test_row_42_an_admin_says_who_is_out_of_office_and_who_covers(admin, shop, people):
    bo = people[1]
    page = go(admin, f"/admin/incidents/user/{people[0].pk}/change/").follow("Out of office")
    page = page.fill(starts="2027-01-05T00:00", ends="2027-01-05T23:59", team=shop.team_id)

    page = page.fill(cover=bo.pk).press("Save")
    again = page.fill(starts="2027-01-05T12:00", ends="2027-01-06T12:00", team=shop.team_id)
    again = again.press("Save")

    assert "Ana is out of office then. Bo covers." in page.text
    assert "is away already" in again.text
    assert on_call(shop, DAY) == ["Bo", "Cy"]
    back = go(admin, page.path).press("Cancel it")
    assert "Ana is in the office again." in back.text
    assert on_call(shop, DAY) == ["Ana", "Bo", "Cy"]


def test_row_42_without_a_cover_the_person_is_still_paged_and_the_page_says_so(admin, shop, people):
    page = go(admin, f"/admin/incidents/user/{people[0].pk}/change/").follow("Out of office")

    page = page.fill(starts="2027-01-05T00:00", ends="2027-01-06T00:00").press("Save")

    assert "Nobody covers: Ana stays on call" in page.text
    assert on_call(shop, DAY) == ["Ana", "Bo", "Cy"]


def test_row_42_of_whom_one_may_not_say_it_the_page_is_closed(people, shop):
    stranger, manager = browser("Responder"), browser("Responder")
    manager.user.memberships.create(team=shop.team, is_manager=True)
    path = f"/people/{people[0].pk}/out-of-office/"

    assert stranger.get(path).status_code == 403
    assert manager.get(path).status_code == 200


def test_rows_43_and_44_reminders_feeds_exports_and_the_weekly_mail(admin, shop):
    page = go(admin, shop.get_absolute_url())
    mine = go(admin, "/my-shifts/").fill(before_0="60", channel_0="email", before_1="1440")

    feed = page.press("Subscribe to everybody")
    mail = page.follow(f"{page.path}settings/").fill(weekly_mail_day="6", weekly_mail_at="00:00")
    mail = mail.press("Save")
    told = mine.press("Save", "/told/")

    assert "webcal://" in feed.source
    assert page.press("iCalendar").answer["Content-Type"].startswith("text/calendar")
    assert "are changed" in mail.text
    assert "Your reminders are changed." in told.text
