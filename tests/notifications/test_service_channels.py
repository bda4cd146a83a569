"""The channels that a service uses to tell people, and that nobody is left without a way."""

import pytest

from escalation.policies.ladder import ladder_of
from escalation.policies.plan_builder import plan_of_policy
from escalation.policies.rungs import Case
from notifications.actions import page as notification_page
from notifications.actions import settings
from notifications.models import Notification, ServiceNotificationSettings
from notifications.page import Page
from tests.api import owner
from tests.factories import (
    NOON,
    make_incident,
    make_method,
    make_policy,
    make_rule,
    make_service,
    make_user,
)
from tests.notifications.accounts import make_phone
from tests.pages import browser, make_person, words

pytestmark = pytest.mark.django_db
ntfy = {"server": "https://ntfy.example", "topic": "ops-Vb3kQ8xw2LmZr7tY", "token": ""}


def choosing(*channels):
    service = make_service()
    settings.set_notification_settings(service, personal_channels=list(channels))
    return service


def told(person, service, **fields):
    """→ the channels by which the person is told, and why."""
    incident = make_incident(service)
    page = Page(incident.pk, "run:1:0:0:0", "because", True, user_id=person.pk, **fields)
    notification_page.page([page], now=NOON)
    rows = Notification.objects.filter(incident=incident).exclude(channel="inapp").order_by("pk")
    return [row.channel for row in rows], rows[0].reason


def test_people_are_told_by_the_channels_of_the_service_alone():
    person = make_user()
    make_phone(user=person)

    assert told(person, choosing("email"))[0] == ["email"]


def test_without_a_choice_people_are_told_by_all_that_they_have():
    person = make_user()
    make_phone(user=person)

    assert sorted(told(person, make_service())[0]) == ["email", "sms"]


def test_of_a_person_s_rules_those_within_the_channels_are_used():
    person = make_user()
    phone = make_phone(user=person)
    make_rule(phone)
    make_rule(person.contact_methods.get(channel="email"), after_minutes=5)

    channels, _ = told(person, choosing("email"))

    assert channels == ["email"]


def test_who_has_none_of_the_channels_is_told_by_all_of_theirs_and_why():
    person = make_user()

    channels, reason = told(person, choosing("sms", "voice"))

    assert channels == ["email"]
    assert reason == (
        "because; none of the channels of the service (SMS, Voice call) is yours, "
        "so all of yours are used"
    )


def test_a_step_that_names_channels_comes_first():
    person = make_user()
    make_phone(user=person)

    assert told(person, choosing("email"), channels=(("sms", 0),))[0] == ["sms"]


def test_the_choice_of_one_service_says_nothing_of_another():
    person, _ = make_user(), choosing("sms")
    make_method(person, "ntfy", ntfy)

    assert sorted(told(person, make_service())[0]) == ["email", "ntfy"]


def test_the_channels_are_ticked_on_the_service_s_page():
    service, admin = make_service(), browser(make_person("App Admin"))

    page = admin.get(f"{service.get_absolute_url()}?tab=settings")
    admin.post(
        f"/services/{service.pk}/notifications/",
        {"personal_channels": ["sms", "email"], "on_triggered": "on"},
    )

    assert "who has none of these is told by all of theirs" in words(page)
    row = ServiceNotificationSettings.objects.get(service=service)
    assert row.personal_channels == ["sms", "email"]


def test_a_channel_that_there_is_not_is_refused_in_the_api():
    service, client = make_service(), owner()
    path = f"/api/v1/services/{service.pk}/"

    wrong = client.patch(path, {"notification_settings": {"personal_channels": ["pigeon"]}})
    right = client.patch(path, {"notification_settings": {"personal_channels": ["sms"]}})

    assert wrong.status_code == 400
    assert right.json()["notification_settings"]["personal_channels"] == ["sms"]


def test_the_ladder_says_by_which_channels():
    person, service = make_user(), choosing("email")
    make_phone(user=person)
    case = Case(NOON, "high", "critical", "").of(service)

    ladder = ladder_of(plan_of_policy(make_policy(person)), case)

    assert [way.channel for way in ladder.rungs[0].told[0].ways] == ["email"]
