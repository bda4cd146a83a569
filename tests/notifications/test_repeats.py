"""A rule may use its contact method again until somebody has the incident."""

import pytest
from django.utils import timezone

from incidents.actions import respond
from notifications.actions import enqueue
from notifications.models import Notification
from tests.api import script
from tests.factories import make_method, make_rule, make_user, minutes
from tests.mail import refused, unknown
from tests.notifications.test_fallback import tell, told
from tests.pages import browser, make_person, words
from tests.tasks import run_tasks

pytestmark = pytest.mark.django_db


def after(number):
    """So many minutes later."""
    enqueue.dispatch_due(timezone.now() + minutes(number))
    run_tasks()


def make_repeating(person, times=3, every=5):
    rule = make_rule(person.contact_methods.first())
    rule.repeat_times, rule.repeat_every_minutes = times, every
    rule.save()
    return rule


def test_the_page_comes_again_until_it_is_acknowledged(mail_server):
    ana = make_user()
    make_repeating(ana)
    incident = tell(ana)
    run_tasks()
    after(6)
    assert len(mail_server) == 2

    respond.acknowledge(incident.pk, by=ana)
    after(30)

    assert len([mail for mail in mail_server if "Incident" in mail.subject]) == 2
    states = Notification.objects.filter(user=ana, channel="email", event="incident.triggered")
    found = sorted(states.values_list("state", flat=True))
    assert found == ["sent", "sent", "superseded", "superseded"]


def test_where_the_address_fails_another_is_used_before_its_repeats(mail_server):
    ana = make_user()
    first, second = make_repeating(ana).contact_method, make_method(ana)
    refused[first.config["address"]] = unknown(first.config["address"])
    tell(ana)

    run_tasks()

    assert told(mail_server) == [second.config["address"]]


def test_repeats_are_entered_by_page_and_api():
    ana = make_person("Responder", name="Ana")
    method = ana.contact_methods.get()
    form = {"urgency": "high", "method": method.pk, "after_minutes": 2}
    page = browser(ana)

    page.post("/me/rules/", form | {"repeat_times": 3, "repeat_every_minutes": 4})
    refusal = page.post("/me/rules/", form | {"repeat_times": 11}, follow=True)

    rule = ana.rules.get()
    assert (rule.repeat_times, rule.repeat_every_minutes) == (3, 4)
    assert "again every 4 min up to 3 times" in words(refusal)
    assert "repeated at most 10 times" in words(refusal)
    path = f"/api/v1/notification-rules/{rule.pk}/"
    changed = script(ana).patch(path, {"repeat_times": 1})
    wrong = script(ana).patch(path, {"repeat_every_minutes": 0})
    assert changed.json()["repeat_times"] == 1
    assert list(wrong.json()["fields"]) == ["repeat_every_minutes"]
