"""The address of a calendar: what it answers, to whom, and what it never tells."""

import logging
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from icalendar import Calendar

from escalation.actions import feeds, overrides
from escalation.actions.publish_shifts import publish_due
from escalation.actions.schedules import add_schedule
from escalation.models import Feed, PublishedShift, ScheduleChange
from escalation.on_call.shift_documents import CUT_SENTENCE
from escalation.schedules.definition import Definition, Layer, Unit
from incidents.errors import DomainError
from opsportal.lib.wall_clock import wall_of
from tests import factories
from tests.api import make_person, script
from tests.factories import make_absence, make_override, make_schedule, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana():
    return make_person("Responder", name="Ana")


@pytest.fixture
def schedule(ana):
    return make_schedule(ana, make_user("Bo"), name="Payments")


def path_of(address):
    return "/" + address.split("/", 3)[3]


def subscribe(user, *args):
    return path_of(feeds.add_feed(user, *args)[1])


def events(answer):
    return Calendar.from_ical(answer.content).walk("VEVENT")


def test_a_calendar_has_ones_own_shifts_or_those_of_everybody(client, ana, schedule):
    make_schedule(make_user("Di"), name="Search")
    mine = client.get(subscribe(ana))
    whole = client.get(subscribe(ana, schedule, "whole"))

    assert mine.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert {str(one["SUMMARY"]) for one in events(mine)} == {"On call: Payments"}
    assert {str(one["SUMMARY"]) for one in events(whole)} == {"Ana: Payments", "Bo: Payments"}
    assert len({str(one["UID"]) for one in events(whole)}) == len(events(whole))


def test_it_has_the_shifts_of_whom_one_covers_for_and_of_whose_cover(client, ana):
    di, bo = make_user("Di"), make_user("Bo")
    make_schedule(bo, name="Search")
    make_absence(bo, di)
    make_absence(di, ana)

    (found,) = events(client.get(subscribe(ana)))
    assert "covers for Bo" in found["DESCRIPTION"]


def test_the_address_is_shown_once_and_only_its_hash_is_kept(client, ana):
    client.force_login(ana)
    page = client.post("/my-shifts/feeds/add/", {"next": "/my-shifts/"})
    feed = Feed.objects.get()
    address = page.context["address"]

    assert address in page.content.decode()
    assert page.headers["Cache-Control"] == "no-store"
    token = address.rpartition("/")[2].removesuffix(".ics")
    assert token not in str(Feed.objects.values().get())
    assert len(token) == 43
    assert token not in client.get("/my-shifts/").content.decode()
    assert Client().get(path_of(address)).status_code == 200
    client.post(f"/my-shifts/feeds/{feed.pk}/replace/")
    assert Client().get(path_of(address)).status_code == 404


def revoke(user, feed):
    feeds.revoke_feed(feed)


def switch_off(user, feed):
    user.is_active = False
    user.save()


def take_role(user, feed):
    user.groups.clear()


@pytest.mark.parametrize("end", [revoke, switch_off, take_role])
def test_what_is_no_live_calendar_of_somebody_active_is_not_found(client, ana, end):
    feed, address = feeds.add_feed(ana)
    assert client.get(path_of(address)).status_code == 200

    end(ana, feed)

    assert client.get(path_of(address)).status_code == 404
    assert client.get("/feeds/unknown.ics").status_code == 404


def test_nobody_is_logged_in_by_it_and_it_is_cached_by_nobody_else(client, ana, schedule):
    answer = client.get(subscribe(ana))

    assert not answer.cookies
    assert answer.headers["Cache-Control"] == "private, max-age=300"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "Cookie" not in answer.headers["Vary"]


def test_it_is_the_same_until_something_changes(client, ana, schedule):
    path = subscribe(ana)
    first = client.get(path)
    tag = first.headers["ETag"]

    assert client.get(path, headers={"If-None-Match": tag}).status_code == 304
    make_override(schedule, make_user("Cy"), hours=(-0.001, 24 * 15))
    publish_due(timezone.now())
    later = client.get(path, headers={"If-None-Match": tag})
    assert later.status_code == 200
    sequences = [{one["SEQUENCE"] for one in events(answer)} for answer in (first, later)]
    assert len(sequences[1]) == 1
    assert max(sequences[1]) > max(sequences[0])


def test_head_and_gzip_and_json(client, ana, schedule):
    path = subscribe(ana, schedule, "whole")
    assert client.head(path).status_code == 200
    zipped = client.get(path, headers={"Accept-Encoding": "gzip"})
    assert zipped.headers["Content-Encoding"] == "gzip"
    again = client.get(path, headers={"If-None-Match": zipped.headers["ETag"]})
    assert again.status_code == 304

    found = client.get(path, headers={"Accept": "application/json"}).json()
    assert {one["summary"] for one in found["shifts"]} == {"Ana: Payments", "Bo: Payments"}
    assert client.post(path).status_code == 405


def test_a_shift_that_is_gone_is_sent_as_cancelled(client, ana):
    schedule = make_schedule(make_user("Bo"), name="Payments")
    override = make_override(schedule, ana, hours=(24, 48))
    publish_due(timezone.now())
    path = subscribe(ana)
    (before,) = events(client.get(path))

    overrides.cancel_override(override, by=None)
    publish_due(timezone.now())

    (after,) = events(client.get(path))
    assert (after["UID"], after["STATUS"]) == (before["UID"], "CANCELLED")
    assert after["DTEND"].dt == after["DTSTART"].dt
    assert after["SEQUENCE"] > before["SEQUENCE"]
    PublishedShift.objects.update(cancelled_at=timezone.now() - timedelta(days=31))
    assert events(client.get(path)) == []


def test_more_than_sixty_requests_a_minute_are_refused_until_it_is_over(client, ana):
    path = subscribe(ana)
    client.get(path)
    Feed.objects.update(hits_in_minute=59)

    assert client.get(path).status_code == 200
    refused = client.get(path)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
    Feed.objects.update(minute_began_at=timezone.now() - timedelta(seconds=61))
    assert client.get(path).status_code == 200
    assert Feed.objects.get().hits_in_minute == 1


def test_a_calendar_with_too_many_shifts_ends_early_and_says_so(client, ana, monkeypatch):
    monkeypatch.setattr("escalation.on_call.shift_documents.MAX_EVENTS", 5)
    schedule = make_schedule(ana, make_user("Bo"))

    found = events(client.get(subscribe(ana, schedule, "whole")))

    assert len(found) == 5
    assert [CUT_SENTENCE in one["DESCRIPTION"] for one in found] == [False] * 4 + [True]


def test_one_whose_many_shifts_all_begin_later_ends_early_as_well(client, ana, monkeypatch):
    monkeypatch.setattr("escalation.on_call.shift_documents.MAX_EVENTS", 5)
    begins = wall_of(timezone.now().replace(tzinfo=None, microsecond=0) + timedelta(days=120))
    ring = ((ana.pk,), (make_user("Bo").pk,))
    layer = Layer("daily", "Daily", unit=Unit.DAY, anchor=begins, starts=begins, ring=ring)
    schedule = add_schedule(Definition("UTC", (layer,)), name="Launch")

    found = events(client.get(subscribe(ana, schedule, "whole")))

    assert len(found) == 5
    assert CUT_SENTENCE in found[-1]["DESCRIPTION"]


def test_nobody_has_more_than_twenty(ana):
    for _ in range(feeds.MAX_LIVE):
        feed, _ = feeds.add_feed(ana)
    with pytest.raises(DomainError, match="20 calendars"):
        feeds.add_feed(ana)
    feeds.revoke_feed(feed)
    assert feeds.add_feed(ana)


def test_the_address_is_in_no_log(client, ana, caplog):
    token = path_of(feeds.add_feed(ana)[1]).rpartition("/")[2]
    with caplog.at_level(logging.DEBUG):
        client.get(f"/feeds/{token}")
    assert token not in caplog.text


def test_by_the_api_the_address_is_told_once(ana, schedule):
    api = script(ana)
    made = api.post("/api/v1/feeds/", {"schedule": "Payments", "kind": "whole"})

    assert made.status_code == 201, made.content
    row = made.json()
    assert Client().get(path_of(row.pop("address"))).status_code == 200
    assert "address" not in api.get(f"/api/v1/feeds/{row['id']}/").json()
    again = api.post(f"/api/v1/feeds/{row['id']}/replace/", {})
    assert "address" in again.json()
    assert api.delete(f"/api/v1/feeds/{row['id']}/").status_code == 204
    assert Client().get(path_of(again.json()["address"])).status_code == 404
    assert api.post("/api/v1/feeds/", {"kind": "whole"}).status_code == 400


def test_a_calendar_of_others_is_neither_shown_nor_changed(client, ana):
    other = make_person("Owner")
    feed, _ = feeds.add_feed(other)
    client.force_login(ana)

    assert client.post(f"/my-shifts/feeds/{feed.pk}/revoke/").status_code == 404
    assert script(ana).get(f"/api/v1/feeds/{feed.pk}/").status_code == 404


def test_a_range_is_a_file(client, ana, schedule):
    ana.name = "=cmd()"
    ana.save()
    client.force_login(ana)
    where = f"/schedules/{schedule.pk}/export/?from=2026-03-02&to=2026-03-15"

    rows = client.get(f"{where}&as=csv").content.decode().splitlines()
    assert rows[0] == "schedule,person,email,role,start,end,hours,cause"
    assert rows[2].startswith(f"Payments,'=cmd(),{ana.email},primary,2026-03-02T09:00:00+01:00,")
    assert rows[2].endswith(',168,"layer Weekly, turn until Mon 9 Mar 09:00"')
    names = [str(one["SUMMARY"]) for one in events(client.get(where))]
    assert names == ["Bo: Payments", "=cmd(): Payments", "Bo: Payments"]
    mine = client.get("/my-shifts/export/?from=2026-03-02&to=2026-03-15")
    assert len(events(mine)) == 1
    assert client.get(f"{where[:-10]}2030-01-01").status_code == 400


def test_whatever_changes_who_is_on_call_is_noted_in_its_transaction(ana, schedule):
    publish_due(timezone.now())

    def noted(change):
        ScheduleChange.objects.all().delete()
        change()
        return ScheduleChange.objects.exists()

    bo = factories.User.objects.get(name="Bo")
    assert noted(lambda: make_override(schedule, bo))
    assert noted(lambda: make_absence(bo, ana))
    assert noted(lambda: type(bo).objects.filter(pk=bo.pk).update(is_active=False))
    assert noted(lambda: type(bo).objects.filter(pk=bo.pk).update(is_active=True))
    assert noted(lambda: type(schedule).objects.update(holidays_country="DE"))
    assert not noted(lambda: type(schedule).objects.update(description="x"))
