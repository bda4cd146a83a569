import pytest
from django.utils import timezone

from incidents.models import Incident
from integrations.engine import overload
from integrations.models import Integration
from notifications.models import Notification
from tests.factories import make_catch_all, make_integration, make_user

pytestmark = pytest.mark.django_db


def lose(integration, count):
    Integration.objects.filter(pk=integration.pk).update(dropped_count=count)


def test_a_loss_is_an_incident_of_the_portal_itself_and_pages():
    watcher = make_user("Watcher")
    make_catch_all(watcher)
    integration = make_integration(name="Noisy")
    lose(integration, 3)

    overload.report_dropped_messages(now=timezone.now())

    incident = Incident.objects.get()
    assert incident.service.name == "OpsPortal"
    assert incident.title == "Integration “Noisy” loses messages"
    assert "3 messages" in incident.description
    assert Notification.objects.filter(user=watcher, channel="email").exists()


def test_a_further_loss_is_counted_on_the_same_incident():
    integration = make_integration()
    lose(integration, 3)
    overload.report_dropped_messages(now=timezone.now())
    again = overload.report_dropped_messages(now=timezone.now())
    lose(integration, 5)

    overload.report_dropped_messages(now=timezone.now())

    assert again == 0
    assert Incident.objects.get().alerts.get().count == 2
