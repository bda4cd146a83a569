"""Many pages for one person within seconds are one message that names them all."""

import pytest
from django.utils import timezone

from incidents.actions import respond
from notifications.actions import enqueue
from notifications.actions import page as notification_page
from notifications.models import Notification
from notifications.page import MERGE_WINDOW, Page
from tests.factories import NOON, make_incident, make_user
from tests.tasks import run_tasks


@pytest.mark.django_db
def test_many_pages_for_one_person_become_one_mail_that_names_them_all(mail_server):
    alice = make_user()
    incidents = [make_incident() for _ in range(5)]
    pages = [Page(i.pk, f"run:{i.pk}:0:0:0", "because", True, user_id=alice.pk) for i in incidents]
    notification_page.page(pages, now=timezone.now())

    run_tasks()

    (mail,) = mail_server
    assert all(f"#{incident.pk}" in mail.body for incident in incidents)
    rows = Notification.objects.filter(user=alice, channel="email").order_by("pk")
    assert {row.state for row in rows} == {"sent"}
    assert [row.merged_into for row in rows] == [None, *[rows[0]] * 4]


@pytest.mark.django_db
def test_what_was_acknowledged_is_left_out_of_the_one_mail(mail_server):
    alice = make_user()
    incidents = [make_incident() for _ in range(3)]
    pages = [Page(i.pk, f"run:{i.pk}:0:0:0", "because", True, user_id=alice.pk) for i in incidents]
    notification_page.page(pages, now=timezone.now())
    respond.acknowledge(incidents[1].pk, by=alice)

    run_tasks()

    (mail,) = mail_server
    assert f"#{incidents[0].pk}" in mail.body
    assert f"#{incidents[1].pk}" not in mail.body


@pytest.mark.django_db
def test_what_comes_while_a_mail_goes_out_is_the_next_one_mail(mail_server):
    alice = make_user()
    incidents = [make_incident() for _ in range(6)]
    for number, incident in enumerate(incidents):
        page = Page(incident.pk, f"run:{number}:0:0:0", "because", True, user_id=alice.pk)
        notification_page.page([page], now=NOON + MERGE_WINDOW * number / 10)

    enqueue.dispatch_due(NOON + MERGE_WINDOW)
    run_tasks()

    first, second = mail_server
    assert incidents[0].title in first.body
    assert all(f"#{incident.pk}" in second.body for incident in incidents[1:])
