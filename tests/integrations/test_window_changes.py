"""What may be changed of a maintenance window, and what a series of them does."""

from datetime import timedelta

import pytest
from django.utils import timezone

from incidents.errors import InvalidRequest
from integrations.errors import RulesError
from integrations.maintenance.matching import state_of
from integrations.models import MaintenanceWindow
from integrations.setup import maintenance
from tests.factories import make_service, minutes
from tests.integrations.windows import make_window, rows_for

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def now():
    return timezone.now()


def test_a_series_whose_present_occurrence_is_ended_takes_place_again(now):
    window = make_window(recurrence="daily", ends=30)

    maintenance.end_window(window.pk)

    assert state(window) == "planned"


def state(window):
    return state_of(MaintenanceWindow.objects.get(pk=window.pk), timezone.now())


def test_a_series_that_is_ended_takes_place_no_more():
    window = make_window(recurrence="daily", ends=30)

    maintenance.end_window(window.pk, series=True)

    assert state(window) == "past"


def test_of_an_active_window_only_its_end_and_words_may_be_changed():
    window = make_window(make_service())

    with pytest.raises(InvalidRequest, match=r"^services: the window is current; only these"):
        maintenance.change_window(window.pk, services=[make_service()])


def test_a_past_window_stays_as_it_was():
    window = make_window(begins=-20, ends=-10)

    with pytest.raises(InvalidRequest, match=r"^ends_at: the window is past"):
        maintenance.change_window(window.pk, ends_at=timezone.now() + HOUR)


def test_another_end_of_the_present_occurrence_makes_all_of_a_series_as_long(now):
    start = now - timedelta(days=2, minutes=10)
    window = make_window(recurrence="daily", starts_at=start, ends_at=start + HOUR)

    changed = maintenance.prolong(window.pk, now + minutes(110))

    assert changed.ends_at == start + 2 * HOUR


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"ends_at": timezone.now() - HOUR, "starts_at": timezone.now()}, "ends_at: It must end"),
        ({"recurrence": "weekly"}, "weekdays: Choose at least one"),
        ({"recurrence": "weekly", "weekdays": ["tue", "noday"]}, "weekdays: “noday” is none"),
        ({"time_zone": "Europe/Atlantis"}, "time_zone: there is no"),
        ({"name": " "}, "name: it needs one"),
        ({"ends": 25 * 60, "recurrence": "daily"}, "ends_at: It must be over before"),
        ({"ends": 93 * 24 * 60}, "ends_at: It may last 92 days at most"),
    ],
)
def test_a_window_that_cannot_be_is_refused_with_its_field(fields, said):
    with pytest.raises(InvalidRequest, match=f"^{said}"):
        make_window(**fields)

    assert not MaintenanceWindow.objects.exists()


def test_everything_has_to_be_said():
    now = timezone.now()

    with pytest.raises(InvalidRequest, match=r"^is_for_all: choose"):
        maintenance.add_window(name="Patch night", starts_at=now, ends_at=now + HOUR)


def test_a_filter_on_what_is_no_field_of_an_alert_is_refused_with_its_place():
    with pytest.raises(RulesError, match=r"conditions\[0\]: “labels.host” is no field"):
        make_window(conditions=rows_for("labels.host", "db"))
