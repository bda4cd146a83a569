"""Maintenance windows, as a person and a script see them."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from incidents.models import Incident
from integrations.maintenance.matching import state_of, timetable_of
from integrations.models import MaintenanceWindow
from integrations.pages.maintenance.queries import States
from integrations.setup import maintenance
from tests.factories import make_integration, make_service, make_team
from tests.integrations.pages import admin_browser, browser, text_of
from tests.integrations.posting import FAILURE
from tests.integrations.test_suppression import arrive, delayed
from tests.integrations.test_windows import make_window
from tests.pages import words

pytestmark = pytest.mark.django_db
NO_ROWS = {"filter_path": "", "filter_operator": "equals", "filter_values": ""}


def form(**fields):
    """What the form of a window posts: tomorrow night in Berlin."""
    tomorrow = timezone.localdate() + timedelta(days=1)
    usual = {
        "name": "Patch night",
        "note": "",
        "recurrence": "once",
        "starts": f"{tomorrow}T22:00",
        "ends": f"{tomorrow}T23:30",
        "until": "",
        "time_zone": "Europe/Berlin",
        **NO_ROWS,
    }
    return usual | fields


def test_a_window_is_made_in_its_zone_and_shown_as_planned():
    client, service = admin_browser(), make_service(name="Checkout")
    filters = {"filter_path": "severity", "filter_operator": "in", "filter_values": "info, warning"}

    answer = client.post("/maintenance/add/", form(services=[service.pk], **filters), follow=True)

    row = MaintenanceWindow.objects.get()
    start = row.starts_at.astimezone(ZoneInfo("Europe/Berlin"))
    assert (start.hour, start.minute, row.created_by) == (22, 0, client.user)
    assert row.conditions == [{"path": "severity", "operator": "in", "values": ["info", "warning"]}]
    assert "Patch night is planned" in words(answer)
    assert "Checkout" in words(client.get("/maintenance/?tab=planned"))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "Choose services or integrations, or check everything."),
        ({"is_for_all": "on", "ends": "2020-01-01T00:00"}, "It must end after it starts."),
        ({"is_for_all": "on", "recurrence": "weekly"}, "Choose at least one day of the week."),
        (
            {"is_for_all": "on", "starts": "2027-03-28T02:30", "ends": "2027-03-28T05:00"},
            "This time does not exist in Europe/Berlin: daylight saving starts then.",
        ),
        (
            {"is_for_all": "on", "filter_path": "lables.x", "filter_values": "1"},
            "Filter: row 1: “lables.x” is no field of an alert",
        ),
        ({"is_for_all": "on", "starts": "whenever"}, "Enter a date and a time"),
        ({"is_for_all": "on", "starts": "9999-12-31T23:59"}, "9999 is too far away."),
    ],
)
def test_a_form_that_cannot_be_says_which_field_and_why(fields, said):
    answer = admin_browser().post("/maintenance/add/", form(**fields))

    assert answer.status_code == 422
    assert said in words(answer)
    assert not MaintenanceWindow.objects.exists()


def test_another_row_keeps_what_was_written_and_saves_nothing():
    filled = form(filter_path="title", filter_values="db", more="1", name="")

    answer = admin_browser().post("/maintenance/add/", filled)

    page = text_of(answer)
    assert page.count('name="filter_path"') == 2
    assert 'value="title"' in page
    assert "This field is required" not in page
    assert not MaintenanceWindow.objects.exists()


def test_the_preview_says_the_next_five_times_in_words():
    times = {"recurrence": "weekly", "starts": "2026-12-07T22:00", "ends": "2026-12-08T01:00"}
    wanted = {**times, "weekdays": ["mon", "fri"], "time_zone": "Europe/Berlin", "until": ""}

    page = words(admin_browser().get("/maintenance/preview/", wanted))

    assert "Every Monday, Friday, 22:00 to 01:00 of the next day, Europe/Berlin" in page
    assert "Mon 07 Dec 2026, 22:00 to Tue 08 Dec 2026, 01:00 CET" in page
    assert page.count(" CET") == 5


@pytest.mark.parametrize("query", ["", "?starts=x&ends=y&recurrence=z&time_zone=Mars"])
def test_the_preview_of_a_form_that_is_half_filled_in_is_no_error(query):
    assert admin_browser().get(f"/maintenance/preview/{query}").status_code == 200


def test_the_tabs_show_what_is_active_planned_and_past():
    client = admin_browser()
    make_window(name="Now")
    make_window(name="Soon", begins=10)
    make_window(name="Over", begins=-20, ends=-10)

    names = {
        tab: [one for one in ("Now", "Soon", "Over") if f">{one}</a>" in rows_of(client, tab)]
        for tab in ("current", "planned", "past", "all")
    }

    assert names == {
        "current": ["Now"],
        "planned": ["Soon"],
        "past": ["Over"],
        "all": ["Now", "Soon", "Over"],
    }


def rows_of(client, tab):
    return text_of(client.get(f"/maintenance/?tab={tab}", headers={"HX-Request": "true"}))


def test_end_now_pages_what_is_still_open(client):
    integration = delayed({})
    window = make_window(integration)
    arrive(client, integration, FAILURE, at=timezone.now())

    admin_browser().post(f"/maintenance/{window.pk}/end/")

    assert Incident.objects.get().suppressed_reason == ""


def test_while_it_is_active_its_end_name_and_note_may_be_changed():
    window, client = make_window(make_service(), ends=30), admin_browser()
    later = timezone.localtime(window.ends_at) + timedelta(hours=2)

    client.post(
        f"/maintenance/{window.pk}/",
        {"name": "Longer night", "note": "Slow disk", "ends": f"{later:%Y-%m-%dT%H:%M}"},
    )

    window.refresh_from_db()
    assert (window.name, window.note) == ("Longer night", "Slow disk")
    assert timedelta(minutes=118) < window.ends_at - timezone.now() - timedelta(minutes=30)


def test_saving_an_active_window_with_its_end_as_shown_leaves_the_end_as_it_is():
    window, client = make_window(make_service()), admin_browser()
    shown = window.ends_at.strftime("%Y-%m-%dT%H:%M")

    client.post(f"/maintenance/{window.pk}/", {"name": "Renamed", "note": "", "ends": shown})

    before = window.ends_at
    window.refresh_from_db()
    assert (window.name, window.ends_at) == ("Renamed", before)


def test_a_past_window_has_no_form():
    window = make_window(begins=-20, ends=-10)

    page = text_of(admin_browser().get(f"/maintenance/{window.pk}/"))

    assert 'name="ends"' not in page
    assert "What is past stays as it was." in page


def test_filters_that_a_script_wrote_are_kept_when_the_form_is_saved():
    service = make_service()
    group = [{"any": [{"path": "severity", "operator": "equals", "values": ["info"]}]}]
    made = {"path": "title", "operator": "contains", "values": ["x"], "negate": True}
    window = make_window(service, begins=60, ends=90, conditions=[made])

    admin_browser().post(f"/maintenance/{window.pk}/", form(services=[service.pk], name="Renamed"))

    window.refresh_from_db()
    assert (window.name, window.conditions) == ("Renamed", [made])
    assert group != window.conditions


@pytest.mark.parametrize(("wanted", "hours"), [("1h", 1), ("4h", 4)])
def test_a_service_is_silenced_for_a_while(wanted, hours):
    client, service = admin_browser(), make_service(name="Checkout")

    answer = client.post("/maintenance/start/", {"service": service.pk, "for": wanted}, follow=True)

    row = MaintenanceWindow.objects.get()
    assert list(row.services.all()) == [service]
    assert row.ends_at - row.starts_at == timedelta(hours=hours)
    assert "Maintenance of Checkout" in words(answer)


def test_an_integration_is_silenced_until_tomorrow_at_nine_of_whoever_asks():
    client, integration = admin_browser(), make_integration()
    client.user.time_zone = "Asia/Tokyo"
    client.user.save()

    client.post("/maintenance/start/", {"integration": integration.pk, "for": "morning"})

    row = MaintenanceWindow.objects.get()
    end = row.ends_at.astimezone(ZoneInfo("Asia/Tokyo"))
    today = timezone.now().astimezone(ZoneInfo("Asia/Tokyo")).date()
    assert (end.date() - today, end.hour, end.minute) == (timedelta(days=1), 9, 0)


@pytest.mark.parametrize("path", ["/services/{}/", "/integrations/{}/"])
def test_the_pages_of_services_and_integrations_offer_silence(path):
    integration = make_integration()
    pk = integration.service.pk if "services" in path else integration.pk

    assert "Until tomorrow, 9:00" in words(admin_browser().get(path.format(pk)))
    assert "Until tomorrow, 9:00" not in words(browser("Stakeholder").get(path.format(pk)))


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/maintenance/add/"),
        ("post", "/maintenance/{}/end/"),
        ("post", "/maintenance/{}/delete/"),
        ("post", "/maintenance/start/"),
    ],
)
def test_who_does_not_manage_windows_may_only_look(method, path):
    window, client = make_window(), browser("Responder")

    answer = getattr(client, method)(path.format(window.pk))
    client.post(f"/maintenance/{window.pk}/", {"name": "Mine", "note": "", "ends": ""})

    assert answer.status_code == 403
    assert client.get(f"/maintenance/{window.pk}/").status_code == 200
    window.refresh_from_db()
    assert (window.name, window.ended_at) == ("Patch night", None)


# The banner.


def test_the_banner_says_on_every_page_who_what_and_until_when():
    client = admin_browser()
    make_window(make_service(name="Checkout"), by=client.user)

    for path in ("/", "/incidents/", "/admin/integrations/mailaccount/"):
        page = words(client.get(path))
        assert "Maintenance: Patch night until" in page
        assert f"by {client.user}. New alerts of Checkout page nobody." in page


def test_several_are_counted():
    make_window(name="One")
    make_window(name="Two")

    assert "2 maintenance windows are active" in words(admin_browser().get("/"))


def test_only_those_whose_services_are_silent_see_the_banner():
    client = browser()
    team = make_team(client.user)
    make_window(make_service(name="Theirs", team=team), name="Ours is silent")
    make_window(make_integration(), name="Not ours")

    page = words(client.get("/me/"))

    assert "Ours is silent" in page
    assert "Not ours" not in page


def test_everybody_sees_what_is_for_everything():
    make_window(name="All is silent")

    assert "All is silent" in words(browser().get("/me/"))


@pytest.mark.parametrize("minutes", [(10, 20), (-20, -10)])
def test_no_banner_before_or_after_it(minutes):
    make_window(begins=minutes[0], ends=minutes[1])

    assert "Maintenance: Patch night" not in words(admin_browser().get("/"))


def test_the_banner_reads_no_window_before_one_has_begun():
    client = admin_browser()
    make_window(begins=10, ends=20)
    client.get("/me/")

    def windows_read():
        with CaptureQueriesContext(connection) as queries:
            client.get("/me/")
        return [query for query in queries if "maintenancewindow" in query["sql"]]

    assert not windows_read()
    make_window(begins=-1, ends=20)
    assert windows_read()


def test_a_longer_list_needs_no_more_queries():
    client, service = admin_browser(), make_service()

    def cost():
        with CaptureQueriesContext(connection) as queries:
            client.get("/maintenance/?tab=all")
        return len(queries)

    make_window(service)
    make_window(service)
    few = cost()
    for _ in range(10):
        make_window(service)

    assert cost() == few


def test_three_hundred_windows_cost_as_many_queries_as_one():
    client = admin_browser()
    make_windows(1)
    client.get("/maintenance/?tab=planned")
    few = queries_of(client, "/maintenance/?tab=planned")

    make_windows(299)

    assert queries_of(client, "/maintenance/?tab=planned") == few
    pages = [client.get(f"/maintenance/?tab=planned&page={page}") for page in range(1, 7)]
    shown = [[line["row"].pk for line in page.context["lines"]] for page in pages]
    assert [len(rows) for rows in shown] == [50] * 6
    assert len({pk for rows in shown for pk in rows}) == 300


def make_windows(count):
    """So many planned windows of every recurrence."""
    now = timezone.now()
    kinds = [("once", []), ("daily", []), ("weekly", ["mon"]), ("monthly", [])]
    MaintenanceWindow.objects.bulk_create(
        MaintenanceWindow(
            name=f"Window {number}",
            is_for_all=True,
            recurrence=kinds[number % 4][0],
            weekdays=kinds[number % 4][1],
            starts_at=now + timedelta(days=1, minutes=number),
            ends_at=now + timedelta(days=1, minutes=number + 30),
        )
        for number in range(count)
    )


def queries_of(client, path):
    with CaptureQueriesContext(connection) as queries:
        client.get(path)
    return len(queries)


def test_the_states_of_the_list_are_those_of_each_window():
    now = timezone.now()
    for recurrence in ("once", "daily", "weekly", "monthly"):
        days = ["mon", "thu"] if recurrence == "weekly" else []
        for begins in (-3000, -100, 100):
            for until in (None, 5000, -50):
                for ended in (None, -150, -5):
                    MaintenanceWindow.objects.create(
                        name="Any",
                        is_for_all=True,
                        recurrence=recurrence,
                        weekdays=days,
                        starts_at=now + timedelta(minutes=begins),
                        ends_at=now + timedelta(minutes=begins + 120),
                        until=until and now + timedelta(minutes=until),
                        ended_at=ended and now + timedelta(minutes=ended),
                    )
    states = States(MaintenanceWindow.objects.all(), now)

    found = {key: list(states.in_state(key)) for key in ("current", "planned", "past")}

    assert sum(map(len, found.values())) == MaintenanceWindow.objects.count()
    assert all(state_of(row, now) == key for key, rows in found.items() for row in rows)
    assert {key: len(rows) for key, rows in found.items()} == {
        key: count for key, count in states.counts().items() if key != "all"
    }
    starts = [next(timetable_of(row).after(now)).start for row in found["planned"]]
    assert starts == sorted(starts)


def test_a_held_incident_wears_its_badge(client):
    integration = delayed({})
    make_window(integration)
    arrive(client, integration, FAILURE, at=timezone.now())

    page = words(admin_browser_who_sees_all().get(f"/incidents/{Incident.objects.get().pk}/"))

    assert "Maintenance: Patch night until" in page


def admin_browser_who_sees_all():
    return browser("Owner")


# By script.

WINDOW = {
    "name": "Patch night",
    "starts_at": "2030-01-07T22:00:00Z",
    "ends_at": "2030-01-07T23:00:00Z",
    "recurrence": "weekly",
    "weekdays": ["mon"],
    "time_zone": "Europe/Berlin",
}


def send(client, method, path, body=None):
    address = f"/api/v1/maintenance-windows/{path}"
    return getattr(client, method)(address, body, content_type="application/json")


def test_a_script_makes_changes_ends_and_deletes_a_window():
    client, service = admin_browser(), make_service()

    made = send(client, "post", "", {**WINDOW, "services": [service.pk]}).json()
    changed = send(client, "patch", f"{made['id']}/", {"note": "Ask Ada"}).json()
    begun = {"starts_at": timezone.now() - timedelta(hours=1), "recurrence": "once"}
    ends = {"ends_at": timezone.now() + timedelta(hours=1)}
    current = send(client, "patch", f"{made['id']}/", begun | ends).json()
    ended = send(client, "post", f"{made['id']}/end/", {}).json()
    gone = send(client, "delete", f"{made['id']}/")

    assert (made["state"], made["services"], made["time_zone"]) == (
        "planned",
        [service.pk],
        "Europe/Berlin",
    )
    assert [one["start"][:10] for one in made["occurrences"]][:2] == ["2030-01-07", "2030-01-14"]
    assert changed["note"] == "Ask Ada"
    assert (current["state"], ended["state"]) == ("current", "past")
    assert gone.status_code == 204
    assert not MaintenanceWindow.objects.exists()


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"time_zone": "Mars/Base"}, 400, "time_zone: there is no “Mars/Base”."),
        ({"is_for_all": False}, 400, "is_for_all: choose services"),
        ({"weekdays": ["noday"]}, 400, "noday"),
        (
            {"starts_at": "9999-12-31T23:00:00Z", "ends_at": "9999-12-31T23:59:00Z"},
            400,
            "ten years",
        ),
        (
            {"conditions": [{"path": "nothing", "operator": "equals", "values": ["x"]}]},
            400,
            "no field",
        ),
    ],
)
def test_a_script_is_told_what_is_wrong(fields, status, said):
    answer = send(admin_browser(), "post", "", {**WINDOW, "is_for_all": True, **fields})

    assert answer.status_code == status
    assert said in text_of(answer)
    assert not MaintenanceWindow.objects.exists()


def test_a_script_without_the_entitlement_may_only_look():
    client, window = browser("Responder"), make_window()

    assert send(client, "get", f"{window.pk}/").status_code == 200
    assert send(client, "post", f"{window.pk}/end/", {}).status_code == 403
    assert maintenance.end_window(window.pk).ended_at
