"""Hours of the week at which a contact method is used."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from notifications.actions import contact_methods, enqueue
from notifications.actions import page as notification_page
from notifications.contact_hours import check_hours, is_within, opening
from notifications.models import Notification
from notifications.page import Page
from notifications.reach import Reach
from opsportal.lib.weekly_hours import DAYS
from tests.api import script
from tests.factories import make_incident, make_method, make_rule, make_user
from tests.mail import refused, unknown
from tests.notifications.test_fallback import tell, told
from tests.pages import browser, words
from tests.tasks import run_tasks

BERLIN = ZoneInfo("Europe/Berlin")


@dataclass
class Method:
    hours: str
    user = SimpleNamespace(zone=BERLIN)


def shut():
    """Hours that are neither now nor soon: of the day after tomorrow."""
    return f"{DAYS[(timezone.now() + timedelta(days=2)).weekday()]} 10:00-12:00"


def make_ways(*hours):
    """A person with an address for each of these hours, which rules use all at once."""
    person = make_user()
    methods = [person.contact_methods.get(), *(make_method(person) for _ in hours[1:])]
    for method, text in zip(methods, hours, strict=True):
        method.hours = text
        method.save()
        make_rule(method)
    return person, methods


def address(method):
    return method.config["address"]


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        pytest.param(datetime(2026, 3, 27, 7, 30, tzinfo=UTC), True, id="winter, 08:30"),
        pytest.param(datetime(2026, 3, 27, 6, 30, tzinfo=UTC), False, id="winter, 07:30"),
        pytest.param(datetime(2026, 3, 30, 6, 30, tzinfo=UTC), True, id="summer, 08:30"),
        pytest.param(datetime(2026, 3, 30, 16, 0, tzinfo=UTC), False, id="summer, 18:00"),
        pytest.param(datetime(2026, 3, 28, 9, 0, tzinfo=UTC), False, id="Saturday"),
    ],
)
def test_hours_are_of_the_clock_on_the_wall(at, expected):
    assert is_within(Method("mon-fri 08:00-18:00"), at) == expected


def test_they_open_after_a_weekend_in_which_the_clock_changes():
    friday = datetime(2026, 3, 27, 18, tzinfo=BERLIN)

    assert opening(Method("mon-fri 08:00-18:00"), friday) == datetime(2026, 3, 30, 6, tzinfo=UTC)
    assert opening(Method("fri 22:00-06:00"), friday + timedelta(hours=5)) is None


@pytest.mark.parametrize("text", ["at work", "mon-fri", "mon-fri 08:00-18:00 Europe/Berlin"])
def test_what_says_no_hours_is_refused(text):
    with pytest.raises(ValidationError):
        check_hours(text)


@pytest.mark.django_db
def test_a_page_goes_at_once_by_the_way_that_is_within_its_hours(mail_server):
    person, (work, private) = make_ways(shut(), "")
    person.rules.filter(contact_method=private).update(after_minutes=30)
    tell(person)

    run_tasks()

    assert told(mail_server) == [address(private)]
    enqueue.dispatch_due(timezone.now() + timedelta(seconds=16))
    run_tasks()
    assert told(mail_server) == [address(private)]
    row = Notification.objects.get(contact_method=work)
    assert (row.state, row.error) == (
        "superseded",
        f"outside the hours of this address ({work.hours}): told by another way",
    )


@pytest.mark.django_db
def test_another_address_is_used_where_the_rules_name_none_that_is_within_its_hours(mail_server):
    person, (_, private) = make_ways(shut(), "")
    person.rules.filter(contact_method=private).delete()
    tell(person)

    run_tasks()

    assert told(mail_server) == [address(private)]
    reason = Notification.objects.get(contact_method=private).reason
    assert reason == "because; email is outside its hours"


@pytest.mark.django_db
def test_where_all_are_outside_the_first_is_used_and_says_why(mail_server):
    person, (first, second) = make_ways(shut(), shut())
    tell(person)

    run_tasks()
    enqueue.dispatch_due(timezone.now() + timedelta(seconds=16))
    run_tasks()

    assert told(mail_server) == [address(first)]
    assert "no other way is within its own" in mail_server[0].body
    assert Notification.objects.get(contact_method=second).state == "superseded"


@pytest.mark.django_db
def test_where_the_way_within_its_hours_fails_the_others_are_used_all_the_same(mail_server):
    person, (work, private) = make_ways(shut(), "")
    refused[address(private)] = unknown(address(private))
    tell(person)

    run_tasks()
    enqueue.dispatch_due(timezone.now() + timedelta(seconds=16))
    run_tasks()

    assert told(mail_server) == [address(work)]


@pytest.mark.django_db
def test_what_is_not_urgent_waits_for_the_hours_and_is_late_by_nothing(mail_server):
    person, (work,) = make_ways(shut())
    page = Page(make_incident().pk, "p", "because", False, user_id=person.pk)
    notification_page.page([page], now=timezone.now())

    run_tasks()

    assert told(mail_server) == []
    row = Notification.objects.get(contact_method=work)
    opens = opening(work, timezone.now())
    assert (row.due_at, row.next_attempt_at) == (opens, opens)


@pytest.mark.django_db
def test_a_test_and_a_code_are_sent_at_any_hour(mail_server):
    _, (work,) = make_ways(shut())
    contact_methods.send_test(method_id=work.pk)
    contact_methods.send_code(work.pk)

    run_tasks()

    assert len(mail_server) == 2


@pytest.mark.django_db
def test_a_preview_says_the_same():
    person, (_, private) = make_ways(shut(), "")
    person.rules.filter(contact_method=private).update(after_minutes=30)
    page, now = Page(0, "p", "", True, user_id=person.pk), timezone.now()

    assert [way.at for way in Reach([person.pk], []).ways(page, now)] == [now]

    private.hours = shut()
    private.save()
    assert [way.at for way in Reach([person.pk], []).ways(page, now)] == [now]


@pytest.mark.django_db
def test_hours_are_entered_by_page_and_api():
    ana = make_user("Ana")
    method = ana.contact_methods.get()
    path = f"/me/contact-methods/{method.pk}/change/"
    form = {f"m{method.pk}-hours": "sat 10:00-12:00", f"m{method.pk}-label": ""}

    browser(ana).post(path, form)
    refusal = browser(ana).post(path, form | {f"m{method.pk}-hours": "never"}, follow=True)

    method.refresh_from_db()
    assert method.hours == "sat 10:00-12:00"
    assert "Used sat 10:00-12:00" in words(refusal)
    assert "Write hours such as" in words(refusal)
    answer = script(ana).patch(f"/api/v1/contact-methods/{method.pk}/", {"hours": "always"})
    assert list(answer.json()["fields"]) == ["hours"]
