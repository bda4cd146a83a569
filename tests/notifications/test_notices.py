"""People are told of what is no incident: by their own rules, and once."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from notifications.actions import notices
from notifications.models import Notification
from notifications.page import Notice
from tests.api import make_person
from tests.factories import make_method, make_rule, make_user
from tests.tasks import run_tasks

pytestmark = pytest.mark.django_db
NOTICE = Notice("Ana asks for cover", "Mon 9:00 to Tue 9:00\n2 nights", "/cover/x/")


@pytest.fixture(autouse=True)
def _mail(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def test_the_mail_has_the_title_the_text_and_the_link(settings):
    user = make_user()

    notices.notify([user.pk], NOTICE, key="a", now=timezone.now())
    run_tasks()

    (sent,) = mail.outbox
    assert sent.subject == "Ana asks for cover"
    assert "2 nights" in sent.body
    assert f"{settings.SITE_URL}/cover/x/" in sent.body
    assert "This is a test" not in sent.alternatives[0][0]


def test_the_rules_for_low_urgency_decide():
    user = make_user()
    other = make_method(user)
    make_rule(other, urgency="low", after_minutes=5)

    notices.notify([user.pk], NOTICE, key="a", now=timezone.now())

    row = Notification.objects.exclude(channel="inapp").get()
    assert (row.contact_method, row.is_announcement) == (other, True)
    assert row.due_at - row.created_at == timedelta(minutes=5)


def test_who_is_switched_off_or_only_informed_is_told_nothing():
    off, stakeholder = make_user(is_active=False), make_person("Stakeholder")

    notices.notify([off.pk, stakeholder.pk], NOTICE, key="a", now=timezone.now())

    assert not Notification.objects.exists()


def test_the_bell_leads_to_what_it_is_about(client):
    user = make_person("Responder")
    notices.notify([user.pk], NOTICE, key="a", now=timezone.now())
    client.force_login(user)

    page = client.get("/").content.decode()

    assert 'href="/cover/x/"' in page
    assert "Ana asks for cover" in page
