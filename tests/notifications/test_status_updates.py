import pytest
from django.utils import timezone

from escalation.actions import start
from incidents.actions import open as incident_open
from incidents.actions import respond, restart, sla
from notifications.actions import updates
from notifications.models import Notification, ServiceNotificationSettings
from tests.factories import make_policy, make_service, make_shared_channel, make_user, minutes
from tests.tasks import run_tasks
from tests.threads import race


def make_noticed_service(policy=None, **switches):
    service, channel = make_service(policy, acknowledge_within_minutes=5), make_shared_channel()
    ServiceNotificationSettings.objects.create(service=service, **switches).channels.set([channel])
    return service


def told(incident):
    rows = Notification.objects.filter(incident=incident, shared_channel__isnull=False)
    return list(rows.order_by("pk").values_list("event", flat=True))


def live(service):
    """An incident that goes through everything that can be announced."""
    incident = incident_open.open_incident(service, "Disk full")
    updates.notify_status_updates()
    sla.note_breaches(incident.opened_at + minutes(5))
    respond.acknowledge(incident.pk)
    respond.resolve(incident.pk)
    restart.reopen(incident.pk)
    updates.notify_status_updates()
    return incident


@pytest.mark.django_db
def test_shared_channels_hear_what_the_service_wants_them_to():
    incident = live(make_noticed_service(on_sla_breach=True))

    assert told(incident) == [
        "incident.triggered",
        "incident.sla_breached",
        "incident.acknowledged",
        "incident.resolved",
        "incident.reopened",
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("switch", "events"),
    [
        ("on_triggered", {"incident.triggered", "incident.reopened"}),
        ("on_acknowledged", {"incident.acknowledged"}),
        ("on_resolved", {"incident.resolved"}),
        ("on_sla_breach", {"incident.sla_breached"}),
    ],
)
def test_each_switch_turns_off_its_events_alone(switch, events):
    switches = dict.fromkeys(
        ["on_triggered", "on_acknowledged", "on_resolved", "on_sla_breach"], True
    )

    incident = live(make_noticed_service(**(switches | {switch: False})))

    everything = {
        "incident.triggered",
        "incident.reopened",
        "incident.acknowledged",
        "incident.resolved",
        "incident.sla_breached",
    }
    assert set(told(incident)) == everything - events


@pytest.mark.django_db
def test_announcing_twice_tells_once():
    incident = incident_open.open_incident(make_noticed_service(), "Disk full")
    updates.notify_status_updates()

    assert updates.notify_status_updates() == 0
    assert told(incident) == ["incident.triggered"]


@pytest.mark.django_db
def test_comments_are_not_announced():
    incident = incident_open.open_incident(make_noticed_service(), "Disk full")
    updates.notify_status_updates()
    told = Notification.objects.count()
    respond.comment(incident.pk, "hm")
    updates.notify_status_updates()

    assert Notification.objects.count() == told


@pytest.mark.django_db
def test_who_was_woken_hears_that_it_is_over(mail_server):
    alice = make_user()
    service = make_service(make_policy(alice, make_user()))
    incident = start.open_incident(service, "Disk full")
    run_tasks()
    respond.resolve(incident.pk, by=make_user())

    updates.notify_status_updates()
    run_tasks()

    assert [mail.to for mail in mail_server] == [[alice.email]] * 2


@pytest.mark.django_db
def test_nobody_is_told_of_their_own_deed_nor_who_was_never_paged(mail_server):
    alice = make_user()
    incident = start.open_incident(make_service(make_policy(alice)), "Disk full")
    run_tasks()
    respond.resolve(incident.pk, by=alice)

    updates.notify_status_updates()
    run_tasks()

    assert len(mail_server) == 1


@pytest.mark.django_db
def test_an_address_that_was_switched_off_meanwhile_is_left_alone(mail_server):
    alice = make_user()
    incident = start.open_incident(make_service(make_policy(alice)), "Disk full")
    run_tasks()
    alice.contact_methods.update(is_enabled=False)
    respond.resolve(incident.pk)

    updates.notify_status_updates()
    run_tasks()

    assert len(mail_server) == 1


@pytest.mark.django_db
@pytest.mark.parametrize(("severity", "mails"), [("critical", 2), ("warning", 1)])
def test_that_it_is_over_breaks_quiet_hours_only_for_who_was_woken(mail_server, severity, mails):
    alice = make_user()
    service = make_service(make_policy(alice))
    incident = start.open_incident(service, "Disk full", severity=severity)
    run_tasks()
    clock = timezone.now()
    alice.contact_methods.update(
        quiet_from=(clock - minutes(60)).time(), quiet_until=(clock + minutes(60)).time()
    )
    respond.resolve(incident.pk)

    updates.notify_status_updates()
    run_tasks()

    assert len(mail_server) == mails
    assert Notification.objects.filter(event="incident.resolved").count() == 1


@pytest.mark.django_db
def test_what_was_over_before_it_was_sent_brings_no_news(mail_server):
    alice = make_user()
    incident = start.open_incident(make_service(make_policy(alice)), "Disk full")
    respond.resolve(incident.pk)

    updates.notify_status_updates()
    run_tasks()

    assert mail_server == []
    assert set(Notification.objects.filter(channel="email").values_list("state", flat=True)) == {
        "superseded"
    }


@pytest.mark.django_db(transaction=True)
def test_two_clocks_announce_each_line_once():
    service = make_noticed_service()
    for number in range(20):
        incident_open.open_incident(service, f"Disk {number}")

    first, second = race(updates.notify_status_updates, updates.notify_status_updates)

    assert first + second + updates.notify_status_updates() == 20
    assert Notification.objects.count() == 20


@pytest.mark.django_db
def test_a_line_that_cannot_be_told_does_not_silence_the_others():
    service = make_noticed_service()
    broken, whole = [incident_open.open_incident(service, title) for title in ("One", "Two")]
    line, channel = broken.timeline.get(), service.notification_settings.channels.get()
    Notification.objects.create(
        incident=broken,
        channel="webhook",
        page_key=f"update:{line.pk}",
        address_key=f"channel:{channel.pk}",
    )

    updates.notify_status_updates()

    assert told(whole) == ["incident.triggered"]
    assert updates.notify_status_updates() == 0
