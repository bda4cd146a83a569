"""Snoozing until support hours, and until one's next shift."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.api import make_paging_incident, owner
from tests.factories import make_override, make_schedule, make_service
from tests.pages import browser, make_person, words

pytestmark = pytest.mark.django_db
DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def closed_for_an_hour():
    """A service that opens within the next two hours, and is closed now."""
    opens = timezone.now() + timedelta(hours=1)
    times = {"start": f"{opens:%H:%M}", "end": f"{opens + timedelta(minutes=1):%H:%M}"}
    return make_service(support_hours=[{"days": DAYS, **times}])


def test_one_snoozes_until_support_hours():
    incident = make_paging_incident(closed_for_an_hour())

    answer = owner().post(f"/api/v1/incidents/{incident.pk}/snooze/", {"choice": "support_hours"})

    incident.refresh_from_db()
    assert answer.status_code == 200
    assert incident.snoozed_until == incident.service.hours.next_opening(timezone.now())


def test_a_service_that_is_attended_now_has_no_such_choice():
    incident = make_paging_incident(make_service())

    answer = owner().post(f"/api/v1/incidents/{incident.pk}/snooze/", {"choice": "support_hours"})

    assert answer.status_code == 400
    assert "no time" in answer.text


def test_one_snoozes_until_ones_next_shift_from_the_menu():
    ana = make_person("Owner")
    shift = make_override(make_schedule(), ana, hours=(5, 6))
    incident = make_paging_incident(make_service())

    page = browser(ana).get(incident.get_absolute_url())
    browser(ana).post(f"{incident.get_absolute_url()}snooze/", {"choice": "next_shift"})

    incident.refresh_from_db()
    assert "Until my next shift" in words(page)
    assert "Until support hours" not in words(page)
    assert abs(incident.snoozed_until - shift.starts_at) < timedelta(seconds=1)
