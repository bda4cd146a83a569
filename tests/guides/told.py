"""Whom the portal tells, for the guides about notifications."""

from escalation.actions import start
from incidents.actions import respond, sla
from notifications.actions import updates
from notifications.channels import all_channels
from notifications.models import Notification
from tests.factories import make_method, make_policy, make_service, make_user, minutes
from tests.guides.desk import sit_down
from tests.integrations.pages import browser
from tests.tasks import run_tasks


def owner():
    """A browser of an Owner, who may open each page of the guide."""
    return browser("Owner")


def settings_page(*path, client=None):
    """The page behind Settings and these words, one link after the other."""
    page = sit_down("/settings/", client or owner())
    for word in path:
        page = page.follow(word)
    return page


def paged_service(*people):
    return make_service(make_policy(*(people or [make_user()])), acknowledge_within_minutes=5)


def person_with(*channels):
    """Somebody with a verified address on each of these, and none else."""
    person = make_user("Ana")
    person.contact_methods.all().delete()
    for channel in channels:
        make_method(person, channel, all_channels()[channel].example)
    return person


def opened(service, severity="critical"):
    """An incident that pages, after all that is to be sent has been tried."""
    incident = start.open_incident(service, "High CPU on web-01", severity=severity)
    settle()
    return incident


def settle():
    updates.notify_status_updates()
    run_tasks()


def live(service):
    """An incident that is opened, acknowledged too late, and resolved; all of it is told."""
    incident = opened(service)
    sla.note_breaches(incident.opened_at + minutes(6))
    settle()
    respond.acknowledge(incident.pk)
    settle()
    respond.resolve(incident.pk)
    settle()
    return incident


def rows_of(incident, **fields):
    rows = Notification.objects.filter(incident=incident, **fields)
    return rows.exclude(channel="inapp").order_by("pk")


def channels_of(incident):
    """By what people are told that it has opened, in the order in which they are asked."""
    rows = rows_of(incident, event="incident.triggered").exclude(user=None)
    return list(rows.order_by("due_at", "pk").values_list("channel", flat=True))


def announced(incident):
    """Of what its shared channels are told."""
    rows = rows_of(incident, shared_channel__isnull=False)
    return [event.removeprefix("incident.") for event in rows.values_list("event", flat=True)]
