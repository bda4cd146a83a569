"""Maintenance windows that are shown on status pages."""

from datetime import timedelta

import pytest
from django.utils import timezone

from incidents.errors import InvalidRequest
from integrations.engine import window_reports
from integrations.setup import maintenance
from notifications.choices import ReportState
from notifications.models import Notification, StatusReport
from notifications.status_pages.actions.publish import add_update
from tests.api import make_person
from tests.factories import make_integration, make_service
from tests.notifications.status_pages.pages import make_page, make_subscriber
from tests.pages import browser, words

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def make_window(page, service, *, after=HOUR, **fields):
    starts_at = (timezone.now() + after).replace(microsecond=0)
    fields = {
        "name": "db-7 vacuum",
        "note": "ask Bob",
        "services": [service],
        "starts_at": starts_at,
        "ends_at": starts_at + 2 * HOUR,
        "status_pages": [page],
        "public_title": "Upgrade",
        "public_text": "Search is slower.",
    } | fields
    return maintenance.add_window(**fields)


@pytest.fixture
def service():
    return make_service()


@pytest.fixture
def page(service):
    return make_page("Shop", "Search", services=[make_service(), service])


def test_a_window_is_published_with_its_public_words_and_components(page, service):
    make_subscriber(page)
    window = make_window(page, service)

    report = page.reports.get()
    update = report.updates.get()

    assert (report.title, report.state) == ("Upgrade", ReportState.SCHEDULED)
    assert (report.starts_at, report.ends_at) == (window.starts_at, window.ends_at)
    assert (update.body, list(update.effects)) == (
        "Search is slower.",
        [str(page.components.get(name="Search").pk)],
    )
    assert Notification.objects.get().subscriber.page == page


def test_what_comes_in_by_an_integration_names_its_service(page, service):
    integration = make_integration(service=service)

    make_window(page, service, services=[], integrations=[integration])

    search = page.components.get(name="Search")
    assert list(page.reports.get().updates.get().effects) == [str(search.pk)]


def test_a_window_that_is_moved_moves_the_report_and_says_nothing_twice(page, service):
    window = make_window(page, service)
    later = window.ends_at + HOUR

    maintenance.change_window(window.pk, ends_at=later, public_title="Longer upgrade")

    report = page.reports.get()
    assert (report.title, report.ends_at) == ("Longer upgrade", later)
    assert report.updates.count() == 1


def test_what_is_not_planned_any_more_is_taken_away(page, service):
    window = make_window(page, service)

    maintenance.delete_window(window.pk)

    assert not StatusReport.objects.exists()


def test_another_choice_of_pages_is_followed(page, service):
    window, other = make_window(page, service), make_page("Mail")

    maintenance.change_window(window.pk, status_pages=[other])

    assert [report.page for report in StatusReport.objects.all()] == [other]


def test_what_ends_early_is_completed_on_the_page(page, service):
    window = make_window(page, service, after=-HOUR)

    maintenance.end_window(window.pk)

    report = page.reports.get()
    assert report.state == ReportState.COMPLETED
    assert report.resolved_at is not None


def test_of_a_series_the_next_five_are_published_and_more_as_they_come(page, service):
    window = make_window(page, service, recurrence="daily")
    assert page.reports.count() == 5
    first = page.reports.order_by("starts_at").first()
    add_update(first.pk, state=ReportState.COMPLETED, body="Done early.", effects={})

    window_reports.publish_window(window)

    assert page.reports.count() == 5, "what a person ended is not published again"
    assert window_reports.next_publishing() is not None


def test_visitors_need_a_title(page, service):
    with pytest.raises(InvalidRequest, match="public_title"):
        make_window(page, service, public_title=" ")

    assert not StatusReport.objects.exists()


def test_the_form_offers_the_pages_to_who_may_publish(page, service):
    path = "/maintenance/add/"
    assert "Show on status pages" in words(browser(make_person("Owner")).get(path))

    page.delete()

    assert "Show on status pages" not in words(browser(make_person("Owner")).get(path))


def test_a_script_without_the_entitlement_publishes_nothing(page, service):
    window = make_window(page, service, status_pages=[])
    person = make_person("Integrations Admin")
    person.groups.get().permissions.filter(codename="StatusPages_Publish").delete()

    answer = browser(person).patch(
        f"/api/v1/maintenance-windows/{window.pk}/",
        {"status_pages": [page.pk]},
        content_type="application/json",
    )

    assert answer.status_code == 403
    assert not StatusReport.objects.exists()
