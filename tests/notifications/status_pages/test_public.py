"""What everybody may read of a status page, and how it is served."""

from datetime import timedelta
from xml.etree import ElementTree

import pytest
from django.test import Client
from django.utils import timezone
from icalendar import Calendar

from notifications.choices import ComponentStatus, ReportState
from notifications.status_pages.actions.publish import add_update, set_published, withdraw
from tests.factories import make_incident, make_service
from tests.notifications.status_pages.pages import (
    MAJOR,
    component,
    make_maintenance,
    make_page,
    make_report,
)
from tests.pages import words

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
ATOM = "{http://www.w3.org/2005/Atom}"


def get(page, what="", **headers):
    return Client().get(f"/status/{page.slug}/{what}", headers=headers)


def json_of(page, what="summary"):
    return get(page, f"api/v2/{what}.json").json()


def test_with_nothing_published_all_is_operational():
    page = make_page("Shop", "Search")

    text = words(get(page))

    assert "All systems operational" in text
    assert text.count("Operational") >= 2
    assert "Nothing was reported in the last 14 days." in text
    assert "it was up 100 % of the time. There were no incidents." in text


def test_an_incident_of_the_portal_shows_nothing_until_somebody_publishes_it():
    service = make_service()
    page = make_page("Shop", services=[service])
    incident = make_incident(service, title="db-7 oom, see wiki")

    assert json_of(page)["status"]["indicator"] == "none"

    make_report(page, incident=incident)

    for what in ("", "history/", "api/v2/summary.json", "history.atom", "history.rss"):
        body = get(page, what).content.decode()
        assert "Payments fail" in body
        assert "db-7" not in body
        assert service.name not in body


def test_the_page_says_what_is_wrong_in_words():
    page = make_page("Shop", "Search")
    make_report(page, MAJOR)

    text = words(get(page))

    assert "Major service outage" in text
    assert "Major outage" in text
    assert "Investigating We look into it." in text
    assert "Affected: Shop" in text


def test_what_is_resolved_is_operational_again_and_past():
    page = make_page()
    report = make_report(page, MAJOR)

    add_update(report.pk, state=ReportState.RESOLVED, body="A disk was full.", effects={})

    summary = json_of(page)
    assert (summary["status"]["indicator"], summary["incidents"]) == ("none", [])
    assert summary["components"][0]["status"] == "operational"
    assert "A disk was full." in words(get(page))
    assert [one["status"] for one in json_of(page, "incidents")["incidents"]] == ["resolved"]


def test_the_summary_has_the_shape_that_programs_know():
    page = make_page("Shop", "Search", time_zone="Europe/Berlin")
    page.components.filter(name="Search").update(group="Website")
    report = make_report(page)
    now = timezone.now()
    planned = make_maintenance(page, now + HOUR, now + 2 * HOUR)

    found = json_of(page)

    assert list(found) == ["page", "components", "incidents", "scheduled_maintenances", "status"]
    assert found["page"] | {"updated_at": ""} == {
        "id": page.slug,
        "name": page.name,
        "url": f"http://localhost:8000/status/{page.slug}",
        "time_zone": "Europe/Berlin",
        "updated_at": "",
    }
    assert found["status"] == {"indicator": "major", "description": "Partial system outage"}
    shop, group, search = found["components"]
    assert (shop["status"], shop["group_id"]) == ("partial_outage", None)
    assert (group["group"], group["name"], group["components"]) == (True, "Website", [search["id"]])
    assert search["group_id"] == group["id"]
    incident = found["incidents"][0]
    assert (incident["id"], incident["impact"]) == (str(report.pk), "major")
    assert incident["incident_updates"][0]["body"] == "We look into it."
    assert [one["id"] for one in incident["components"]] == [shop["id"]]
    coming = found["scheduled_maintenances"][0]
    assert (coming["id"], coming["status"], coming["impact"]) == (
        str(planned.pk),
        "scheduled",
        "maintenance",
    )
    assert coming["scheduled_for"] < coming["scheduled_until"]


def test_maintenance_is_listed_by_where_it_stands():
    page, now = make_page(), timezone.now()
    coming = make_maintenance(page, now + HOUR, now + 2 * HOUR)
    present = make_maintenance(page, now - HOUR, now + HOUR)
    make_maintenance(page, now - 3 * HOUR, now - 2 * HOUR)

    def ids(what):
        found = json_of(page, f"scheduled-maintenances{what}")["scheduled_maintenances"]
        return [one["id"] for one in found]

    assert ids("/upcoming") == [str(coming.pk)]
    assert ids("/active") == [str(present.pk)]
    assert len(ids("")) == 3
    assert json_of(page, "status")["status"]["indicator"] == "maintenance"
    assert json_of(page, "components")["components"][0]["status"] == "under_maintenance"


def test_the_history_has_what_began_and_nothing_that_is_planned():
    page, now = make_page(), timezone.now()
    begun = make_report(page)
    planned = make_maintenance(page, now + HOUR, now + 2 * HOUR)

    history = words(get(page, "history/"))

    assert begun.title in history
    assert planned.title not in history
    assert planned.title in words(get(page))


def test_feeds_have_one_entry_for_each_report_that_changes_with_its_updates():
    page = make_page()
    report = make_report(page)
    add_update(report.pk, state=ReportState.MONITORING, body="Fixed & watched.", effects={})

    entry = ElementTree.fromstring(get(page, "history.atom").content).findall(f"{ATOM}entry")
    item = ElementTree.fromstring(get(page, "history.rss").content).findall("channel/item")

    assert len(entry) == len(item) == 1
    assert entry[0].findtext(f"{ATOM}id") == f"tag:localhost,2026:incident/{report.pk}"
    assert entry[0].findtext(f"{ATOM}updated") > entry[0].findtext(f"{ATOM}published")
    assert "Fixed &amp; watched." in entry[0].findtext(f"{ATOM}summary")
    assert item[0].find("guid").get("isPermaLink") == "false"
    assert item[0].findtext("link").endswith(f"/status/{page.slug}/incidents/{report.pk}/")


def test_maintenance_is_a_calendar_too():
    page, now = make_page(), timezone.now().replace(microsecond=0)
    make_maintenance(page, now + HOUR, now + 2 * HOUR)

    answer = get(page, "maintenance.ics")

    event = Calendar.from_ical(answer.content).walk("VEVENT")[0]
    assert answer["Content-Type"].startswith("text/calendar")
    assert (event["summary"], event.decoded("dtstart")) == ("Upgrade", now + HOUR)


def test_the_badge_says_it_in_words():
    page = make_page(logo_text="<Acme>")
    make_report(page, MAJOR)

    answer = get(page, "badge.svg")

    root = ElementTree.fromstring(answer.content)
    assert answer["Content-Type"] == "image/svg+xml"
    assert root.get("aria-label") == "<Acme>: major outage"


@pytest.mark.parametrize(
    "what", ["", "history/", "api/v2/summary.json", "history.atom", "badge.svg", "subscribe/"]
)
def test_a_page_that_is_not_published_is_not_there(what):
    page = make_page()
    assert get(page, what).status_code == 200

    set_published(page, False)

    assert get(page, what).status_code == 404


@pytest.mark.parametrize("what", ["api/v2/secrets.json", "incidents/999999/", "incidents/x/"])
def test_what_is_not_there_is_not_found(what):
    assert get(make_page(), what).status_code == 404


def test_a_report_of_another_page_is_not_shown():
    mine, other = make_page(), make_page()
    report = make_report(other)

    assert get(mine, f"incidents/{report.pk}/").status_code == 404
    assert get(other, f"incidents/{report.pk}/").status_code == 200


def test_what_is_withdrawn_is_gone_at_once():
    page = make_page()
    report = make_report(page)
    assert "Payments fail" in words(get(page))

    withdraw(report.pk)

    assert "Payments fail" not in words(get(page))


def test_effects_of_several_incidents_are_undone_one_by_one():
    page = make_page()
    shop = component(page).pk
    first, second = make_report(page, MAJOR), make_report(page)

    add_update(first.pk, state=ReportState.RESOLVED, body="Done.", effects={})
    assert json_of(page)["components"][0]["status"] == "partial_outage"
    slow = {shop: ComponentStatus.DEGRADED_PERFORMANCE}
    add_update(second.pk, state=ReportState.MONITORING, body="Better.", effects=slow)

    assert json_of(page)["components"][0]["status"] == "degraded_performance"
