from datetime import time

import pytest

from notifications.actions import page as notification_page
from notifications.models import Notification
from notifications.page import MERGE_WINDOW, PICKUP_TIMEOUT, Page
from tests.factories import (
    NOON,
    make_incident,
    make_method,
    make_rule,
    make_shared_channel,
    make_user,
    minutes,
)
from tests.tasks import queued

pytestmark = pytest.mark.django_db


def make_page(incident, page_key="run:1:0:0:0", urgent=True, **whom):
    return Page(incident.pk, page_key, "because", urgent, **whom)


def outside_of_the_portal():
    return Notification.objects.exclude(channel="inapp").order_by("pk")


def test_a_page_becomes_a_mail_and_a_line_in_the_portal():
    alice = make_user()
    page = make_page(make_incident(), user_id=alice.pk)

    reached = notification_page.page([page], now=NOON)

    assert reached == {page}
    rows = {row.channel: row.state for row in Notification.objects.filter(user=alice)}
    assert rows == {"inapp": "sent", "email": "waiting"}


def test_what_is_due_is_handed_to_the_workers_in_the_same_transaction():
    alice = make_user()

    notification_page.page([make_page(make_incident(), user_id=alice.pk)], now=NOON)

    row = outside_of_the_portal().get()
    assert queued() == [("notifications.tasks.deliver", ([(row.pk, 0)],))]
    assert row.next_attempt_at == NOON + PICKUP_TIMEOUT


def test_a_rule_with_a_delay_waits_for_the_clock():
    alice = make_user()
    make_rule(alice.contact_methods.get(), after_minutes=5)

    notification_page.page([make_page(make_incident(), user_id=alice.pk)], now=NOON)

    assert outside_of_the_portal().get().next_attempt_at == NOON + minutes(5)
    assert queued() == []


@pytest.mark.parametrize("how", ["switched off", "not verified", "a channel that is gone"])
def test_an_address_that_cannot_be_used_reaches_nobody_and_stops_nobody(how):
    alice, bob, incident = make_user(email=False), make_user(), make_incident()
    method = make_method(alice, is_verified=how != "not verified")
    method.is_enabled = how != "switched off"
    method.channel = "pigeon" if how == "a channel that is gone" else "email"
    method.save()
    pages = [
        make_page(incident, f"run:{person.pk}:0:0:0", user_id=person.pk) for person in (alice, bob)
    ]

    reached = notification_page.page(pages, now=NOON)

    assert reached == {pages[1]}


def test_who_has_no_address_but_the_login_is_told_there():
    alice = make_user()
    alice.contact_methods.all().delete()

    notification_page.page([make_page(make_incident(), user_id=alice.pk)], now=NOON)

    assert outside_of_the_portal().get().address == alice.email


def test_who_has_left_is_not_told_even_in_the_portal():
    gone = make_user(is_active=False)

    reached = notification_page.page([make_page(make_incident(), user_id=gone.pk)], now=NOON)

    assert reached == set()
    assert not Notification.objects.exists()


def test_a_shared_channel_that_is_switched_off_reaches_nobody():
    channel = make_shared_channel(is_enabled=False)

    reached = notification_page.page(
        [make_page(make_incident(), shared_channel_id=channel.pk)], now=NOON
    )

    assert reached == set()


def test_quiet_hours_hold_back_what_is_not_urgent():
    alice = make_user()
    alice.contact_methods.update(quiet_from=time(11), quiet_until=time(14))

    notification_page.page([make_page(make_incident(), urgent=False, user_id=alice.pk)], now=NOON)

    assert outside_of_the_portal().get().next_attempt_at == NOON + minutes(120)


def test_what_is_urgent_is_never_quiet():
    alice = make_user()
    alice.contact_methods.update(quiet_from=time(11), quiet_until=time(14))

    notification_page.page([make_page(make_incident(), user_id=alice.pk)], now=NOON)

    assert outside_of_the_portal().get().due_at == NOON


def test_the_second_page_within_a_second_waits_for_its_followers():
    alice = make_user()
    notification_page.page([make_page(make_incident(), user_id=alice.pk)], now=NOON)

    notification_page.page(
        [make_page(make_incident(), "run:2:0:0:0", user_id=alice.pk)], now=NOON + MERGE_WINDOW / 2
    )

    assert outside_of_the_portal().last().next_attempt_at == NOON + MERGE_WINDOW
    assert len(queued()) == 1


def test_machines_are_told_each_at_once():
    channel = make_shared_channel()
    for number in range(2):
        incident = make_incident()
        page = make_page(incident, f"run:{number}:0:0:0", shared_channel_id=channel.pk)

        notification_page.page([page], now=NOON)

    assert len(queued()) == 2


def test_the_queries_of_a_page_do_not_grow_with_the_people(django_assert_max_num_queries):
    incident = make_incident()
    pages = [
        make_page(incident, f"run:{number}:0:0:0", user_id=make_user().pk) for number in range(30)
    ]

    with django_assert_max_num_queries(8 + 2 * 30):  # Two for each destination: its task.
        notification_page.page(pages, now=NOON)

    assert outside_of_the_portal().count() == 30
