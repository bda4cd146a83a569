"""A mail server that refuses everything for a while: the policy is not used up by it."""

import smtplib

import pytest
from django.utils import timezone

from escalation.actions import start, undelivered
from escalation.models import Run
from notifications.actions import enqueue
from notifications.models import Notification
from tests.factories import make_catch_all, make_policy, make_service, make_user, minutes
from tests.mail import refused, unknown
from tests.notifications.notices import let_breakers_close
from tests.tasks import run_tasks
from tests.timers import advance_due

pytestmark = pytest.mark.django_db


def mails_of(people):
    return {person.contact_methods.get().config["address"] for person in people}


def refuse_all(people, answer):
    for address in mails_of(people):
        refused[address] = answer(address)


def quota(address):
    return smtplib.SMTPSenderRefused(550, b"5.4.5 Daily user sending limit exceeded", "ops@x")


def relay(address):
    return smtplib.SMTPRecipientsRefused({address: (550, b"5.7.1 Relaying denied")})


@pytest.fixture
def people():
    people = [make_user(name) for name in ("Primary", "Secondary", "Last")]
    make_catch_all(people[2])
    return people


@pytest.mark.parametrize("answer", [quota, relay])
def test_while_the_provider_refuses_no_step_comes_early_and_nobody_is_given_up(
    mail_server, people, answer
):
    refuse_all(people, answer)
    incident = start.open_incident(make_service(make_policy(*people[:2])), "Disk full")
    run_tasks()

    undelivered.escalate_undelivered(now=timezone.now())
    run_tasks()

    run = Run.objects.get(incident=incident)
    assert (run.state, run.next_step_at > timezone.now() + minutes(4)) == ("escalating", True)
    pages = Notification.objects.filter(incident=incident).exclude(channel="inapp")
    assert list(pages.values_list("user", "state")) == [(people[0].pk, "waiting")]


def test_when_it_is_back_everybody_is_told_whom_the_policy_has_come_to(mail_server, people):
    refuse_all(people, quota)
    incident = start.open_incident(make_service(make_policy(*people[:2])), "Disk full")
    run_tasks()
    for after in (6, 12, 18):
        advance_due(timezone.now() + minutes(after))
        let_breakers_close()
        enqueue.dispatch_due(timezone.now() + minutes(after))
        run_tasks()
    meanwhile = list(mail_server)

    refused.clear()
    let_breakers_close()
    enqueue.dispatch_due(timezone.now() + minutes(30))
    run_tasks()

    assert meanwhile == []
    assert {mail.to[0] for mail in mail_server} == mails_of(people)
    assert not incident.timeline.filter(verb="unreachable").exists()


def test_mailboxes_that_are_refused_still_hurry_the_policy(mail_server, people):
    refuse_all(people[:1], unknown)
    start.open_incident(make_service(make_policy(*people[:2])), "Disk full")
    run_tasks()

    undelivered.escalate_undelivered(now=timezone.now())
    run_tasks()

    assert {mail.to[0] for mail in mail_server} == mails_of(people[1:2])
