"""Opting out: low urgency and news become a line in the portal, and a page is never lost."""

import pytest

from escalation.actions import start
from notifications.actions import page as notification_page
from notifications.models import Notification, ServiceOptOut
from notifications.page import Page
from tests.factories import (
    NOON,
    make_catch_all,
    make_incident,
    make_policy,
    make_service,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def person():
    return make_user("Ana")


@pytest.fixture
def service(person):
    service = make_service(name="Checkout")
    ServiceOptOut.objects.create(user=person, service=service)
    return service


def page(person, service, *, urgent=False, **fields):
    """→ whether the page reached somebody, the channels, and the reason of the line."""
    incident = make_incident(service)
    wanted = Page(incident.pk, "run:1:0:0:0", "because", urgent, user_id=person.pk, **fields)
    reached = notification_page.page([wanted], now=NOON)
    rows = Notification.objects.filter(incident=incident)
    line = rows.get(channel="inapp")
    return bool(reached), [row.channel for row in rows.order_by("pk")], line.reason


def test_low_urgency_is_a_line_in_the_portal_and_counts_as_reaching_nobody(person, service):
    reached, channels, reason = page(person, service)

    assert (reached, channels) == (False, ["inapp"])
    assert reason == "because; you have opted out of its low urgency and news"


def test_the_timeline_says_who_was_not_told(person, service):
    incident = make_incident(service)
    wanted = Page(incident.pk, "run:1:0:0:0", "because", False, user_id=person.pk)

    notification_page.page([wanted], now=NOON)

    line = incident.timeline.get(verb="not_paged")
    assert line.text == (
        "Ana has opted out of the service Checkout: low urgency is a line in the portal (because)"
    )


def test_high_urgency_pages_all_the_same(person, service):
    reached, channels, reason = page(person, service, urgent=True)

    assert (reached, channels, reason) == (True, ["inapp", "email"], "because")


@pytest.mark.parametrize("how", ["is_request", "always_told"])
def test_what_one_is_asked_for_by_name_or_watches_is_told(person, service, how):
    assert page(person, service, **{how: True})[:2] == (True, ["inapp", "email"])


def test_news_is_a_line_and_the_timeline_is_silent_about_it(person, service):
    reached, channels, _ = page(person, service, is_announcement=True)

    assert (reached, channels) == (False, ["inapp"])
    assert not Notification.objects.get().incident.timeline.filter(verb="not_paged").exists()


def test_others_and_other_services_are_told(person, service):
    assert page(make_user(), service)[1] == ["inapp", "email"]
    assert page(person, make_service())[1] == ["inapp", "email"]


def test_a_policy_whose_only_person_has_opted_out_goes_on_to_the_catch_all(person):
    bob = make_user("Bob")
    make_catch_all(bob)
    service = make_service(make_policy(person), urgency_rule="low")
    ServiceOptOut.objects.create(user=person, service=service)

    incident = open_incident(service)

    told = incident.notifications.exclude(channel="inapp")
    assert [row.user for row in told] == [bob]


def test_the_catch_all_is_told_whatever_they_have_opted_out_of(person):
    make_catch_all(person)
    service = make_service(make_policy(person), urgency_rule="low")
    ServiceOptOut.objects.create(user=person, service=service)

    incident = open_incident(service)

    assert incident.notifications.filter(channel="email", user=person).exists()


def open_incident(service):
    return start.open_incident(service, "Disk full", severity="warning")
