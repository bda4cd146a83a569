"""A step has its tick once its messages were sent, and not before."""

import pytest

from escalation.actions import start
from escalation.why.preview import run_preview
from notifications.models import Notification
from tests.factories import make_catch_all, make_method, make_policy, make_service, make_user
from tests.pages import browser, make_person, words

pytestmark = pytest.mark.django_db


def begin(*told):
    return start.open_incident(make_service(make_policy(*told)), "Disk full")


def mails(incident):
    return Notification.objects.filter(incident=incident).exclude(channel="inapp").order_by("pk")


def outcomes(incident):
    return [step.outcome for step in run_preview(incident).steps]


@pytest.mark.parametrize(
    ("state", "outcome"),
    [
        ("sent", "delivered"),
        ("delivered", "delivered"),
        ("waiting", "waiting"),
        ("failed", "failed"),
        ("superseded", "superseded"),
    ],
)
def test_what_a_step_did_is_what_became_of_its_messages(state, outcome):
    incident = begin([make_user()], [make_user()])

    mails(incident).update(state=state)

    assert outcomes(incident) == [outcome, "", ""]


def test_a_step_that_reached_some_says_so():
    incident = begin([make_user(), make_user()])

    first, second = mails(incident)
    Notification.objects.filter(pk=first.pk).update(state="sent")
    Notification.objects.filter(pk=second.pk).update(state="failed")

    assert outcomes(incident)[0] == "partly"


def test_of_two_addresses_of_a_person_one_is_enough():
    alice = make_user()
    make_method(alice)
    incident = begin([alice])

    first, second = mails(incident)
    Notification.objects.filter(pk=first.pk).update(state="failed")
    Notification.objects.filter(pk=second.pk).update(state="sent")

    assert outcomes(incident)[0] == "delivered"


def test_the_line_in_the_portal_is_no_delivery():
    incident = begin([make_user()])

    Notification.objects.filter(channel="email").update(state="failed")

    assert Notification.objects.filter(channel="inapp", state="sent").exists()
    assert outcomes(incident)[0] == "failed"


def test_a_step_and_a_catch_all_without_anybody_have_reached_nobody():
    incident = begin([make_user(email=False)])

    assert outcomes(incident) == ["nobody", "nobody"]


def test_a_catch_all_whose_mail_failed_has_no_tick():
    make_catch_all(make_user())
    incident = begin()

    mails(incident).update(state="failed")

    assert outcomes(incident) == ["failed"]


def test_the_page_says_it_in_words():
    incident = begin([make_user()])
    mails(incident).update(state="failed")

    page = browser(make_person("Owner")).get(f"/incidents/{incident.pk}/")

    assert "reached nobody: every message failed" in words(page)
    assert "is-delivered" not in page.content.decode()
