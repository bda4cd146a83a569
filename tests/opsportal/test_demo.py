import re

import pytest
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.utils import timezone

from escalation.models import Run
from incidents.models import Incident, User
from integrations.models import InboundMessage, Integration
from notifications.models import ContactMethod
from opsportal.demo import content

pytestmark = pytest.mark.django_db


def test_the_printed_password_opens_the_portal():
    said = content.seed()

    email, password = re.match(r"Log in as (\S+) with (\S+)", said).groups()
    admin = authenticate(username=email, password=password)
    assert admin.is_superuser
    assert admin.is_staff


def test_a_portal_with_users_stays_as_it_is(capsys, settings):
    User.objects.create_superuser("root@example.com", "a long password")

    call_command("demo")

    assert User.objects.count() == 1
    assert Incident.objects.count() == 0
    said = capsys.readouterr().out
    assert "changepassword root@example.com" in said
    assert f"DATA_DIR={settings.DATA_DIR} " in said  # Of the tests, and so not the usual one.


def test_every_status_of_an_incident_can_be_seen():
    content.seed()

    seen = set(Incident.objects.values_list("status", flat=True))
    assert seen == set(Incident.Status.values)


def test_every_incident_has_a_run_and_whoever_is_paged_can_be_reached():
    content.seed()

    assert Run.objects.count() == Incident.objects.count()
    people = User.objects.filter(is_superuser=False)
    assert ContactMethod.objects.usable().filter(user__in=people).count() == people.count()


def test_its_addresses_belong_to_nobody():
    content.seed()

    assert {user.email.partition("@")[2] for user in User.objects.all()} == {"example.com"}


def test_its_integrations_are_there():
    content.seed()

    slugs = Integration.objects.values_list("template", flat=True)
    assert sorted(slugs) == ["alertmanager", "generic-webhook", "heartbeat"]


def test_its_incidents_came_in_through_the_integrations():
    content.seed()

    messages = InboundMessage.objects.all()
    assert {message.get_status_display() for message in messages} == {"Mapped", "Mapped Appended"}
    opened = messages.exclude(incident=None).values("incident")
    # The last message opened one and repeated another: it points at one of them.
    assert Incident.objects.exclude(pk__in=opened).count() <= 1


def test_nobody_is_paged_later_than_the_policy_says():
    content.seed()

    due = Run.objects.filter(incident__in=Incident.objects.unresolved())
    due = due.exclude(next_step_at=None).values_list("next_step_at", flat=True)
    assert due
    assert min(due) > timezone.now()
