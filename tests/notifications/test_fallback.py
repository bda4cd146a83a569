import pytest
from django.db import transaction
from django.utils import timezone

from notifications.actions import deliver, enqueue
from notifications.actions import page as notification_page
from notifications.models import Notification
from notifications.page import Page
from tests.factories import make_incident, make_method, make_rule, make_user, minutes
from tests.mail import busy, refused, unknown
from tests.notifications.notices import let_breakers_close
from tests.tasks import run_tasks
from tests.threads import race

pytestmark = pytest.mark.django_db


def tell(person, **fields):
    incident = make_incident()
    page = Page(incident.pk, f"run:{incident.pk}:0:0:0", "because", True, user_id=person.pk)
    notification_page.page([page], now=timezone.now())
    return incident


def told(mails):
    return [mail.to[0] for mail in mails]


def refuse(method, answer=unknown):
    refused[method.config["address"]] = answer(method.config["address"])


def test_an_address_that_refuses_makes_the_next_rule_come_at_once(mail_server):
    alice = make_user()
    first, second = alice.contact_methods.get(), make_method(alice)
    make_rule(first)
    make_rule(second, after_minutes=10)
    refuse(first)
    tell(alice)

    run_tasks()

    assert told(mail_server) == [second.config["address"]]


def test_an_address_outside_of_the_rules_is_better_than_none(mail_server):
    alice = make_user()
    first, second = alice.contact_methods.get(), make_method(alice)
    make_rule(first)
    refuse(first)
    incident = tell(alice)

    run_tasks()

    assert told(mail_server) == [second.config["address"]]
    reason = Notification.objects.get(incident=incident, contact_method=second).reason
    assert reason == "because; email did not work"


def test_where_no_address_is_left_the_timeline_says_who_was_not_reached(mail_server):
    alice = make_user("Alice")
    refuse(alice.contact_methods.get())
    incident = tell(alice)

    run_tasks()

    line = incident.timeline.get(verb="unreachable")
    assert line.text.startswith("Alice could not be reached by email: The mail server answered 550")
    assert line.facts["user"] == alice.pk


def test_where_another_address_was_told_already_nothing_more_happens(mail_server):
    alice = make_user()
    first, second = make_method(alice), alice.contact_methods.first()
    refuse(first)
    incident = tell(alice)

    run_tasks()

    assert told(mail_server) == [second.config["address"]]
    assert not incident.timeline.filter(verb="unreachable").exists()


def test_an_address_that_is_busy_twice_is_helped_by_another(mail_server):
    alice = make_user()
    first, second = alice.contact_methods.get(), make_method(alice)
    make_rule(first)
    refuse(first, busy)
    tell(alice)
    run_tasks()
    once = told(mail_server)
    let_breakers_close()

    enqueue.dispatch_due(timezone.now() + minutes(1))
    run_tasks()

    assert once == []
    assert told(mail_server) == [second.config["address"]]


def test_two_addresses_that_refuse_share_one_replacement(mail_server):
    alice = make_user()
    first, second, third = alice.contact_methods.get(), make_method(alice), make_method(alice)
    for method in (first, second):
        make_rule(method)
        refuse(method)
    tell(alice)

    run_tasks()

    assert told(mail_server) == [third.config["address"]]


def test_when_all_refuse_the_person_is_unreachable_once(mail_server):
    alice = make_user()
    for method in (alice.contact_methods.get(), make_method(alice)):
        refuse(method)
    incident = tell(alice)

    run_tasks()

    assert incident.timeline.filter(verb="unreachable").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_addresses_that_refuse_at_the_same_instant_do_not_wait_for_each_other(mail_server):
    incidents = []
    for _ in range(5):
        alice = make_user()
        for method in (alice.contact_methods.get(), make_method(alice)):
            refuse(method)
        with transaction.atomic():
            incident = tell(alice)
        first, second = incident.notifications.filter(channel="email").values_list("pk", flat=True)

        failures = race(
            lambda pk=first: deliver.deliver([(pk, 0)]),
            lambda pk=second: deliver.deliver([(pk, 0)]),
        )

        incidents.append((failures, incident.timeline.filter(verb="unreachable").count()))

    assert incidents == [([None, None], 1)] * 5
