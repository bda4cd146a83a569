import pytest
from django.utils import timezone

from escalation.models import Play, Run, Tier
from incidents.actions import respond
from incidents.models import Alert, Incident
from integrations.engine import engine
from integrations.models import InboundMessage, Integration
from integrations.setup import integrations
from notifications.models import Notification
from tests.factories import (
    make_integration,
    make_policy,
    make_service,
    make_team,
    make_user,
    minutes,
)
from tests.integrations.posting import FAILURE, RECOVERY, log, post, work
from tests.threads import race

once = pytest.mark.django_db


@once
def test_a_message_becomes_an_incident_with_its_run_and_its_pages(client):
    alice = make_user()
    integration = make_integration(service=make_service(make_policy(alice)))

    post(client, integration, FAILURE)
    work()

    message, incident = InboundMessage.objects.get(), Incident.objects.get()
    assert (message.get_status_display(), message.action) == ("Mapped", "opened")
    assert (message.incident, message.alert) == (incident, Alert.objects.get())
    assert (message.source, message.source_name, message.source_id) == ("Odown", "Shop", "7")
    assert Run.objects.get().incident == incident
    assert Notification.objects.get(channel="email").user == alice


@once
@pytest.mark.parametrize("of", ["integration", "service", "play"])
def test_whose_policy_is_used(client, of):
    people = {"integration": make_user(), "service": make_user(), "play": make_user()}
    service = make_service(make_policy(people["service"]))
    given = {}
    if of == "integration":
        given["policy"] = make_policy(people["integration"])
    if of == "play":
        given["play"] = Play.objects.create(name="All hands")
        Tier.objects.create(play=given["play"]).users.set([people["play"]])

    post(client, make_integration(service=service, **given), FAILURE)
    work()

    assert Notification.objects.get(channel="email").user == people[of]


@once
def test_the_recipients_of_the_integration_are_told_in_addition(client):
    alice, bob, carol = make_user(), make_user(), make_user()
    integration = make_integration(
        service=make_service(make_policy(alice)), users=[bob], teams=[make_team(carol)]
    )

    post(client, integration, FAILURE)
    work()

    told = set(Notification.objects.filter(channel="email").values_list("user", flat=True))
    assert told == {alice.pk, bob.pk, carol.pk}


@once
def test_messages_are_worked_off_in_the_order_in_which_they_came(client):
    integration = make_integration()
    for body in (FAILURE, FAILURE, RECOVERY, FAILURE, RECOVERY, RECOVERY):
        post(client, integration, body)

    work()

    assert log() == [
        "Mapped (opened)",
        "Mapped Appended",
        "Mapped (closed)",
        "Mapped (opened)",
        "Mapped (closed)",
        "Mapped Ignored",
    ]


@once
def test_a_message_that_cannot_be_worked_off_holds_nobody_up_and_is_tried_three_times(client):
    integration = make_integration()
    post(client, integration, FAILURE)
    post(client, integration, {"event": "ALERT_FAILURE", "name": "other"})
    broken = InboundMessage.objects.earliest("pk")
    # As a defect of ours would: the column is not null, and the row cannot be finished.
    break_it(broken)
    now = timezone.now()

    for at in (now, now + minutes(1), now + minutes(2)):
        work(now=at)

    broken.refresh_from_db()
    assert (broken.get_status_display(), broken.attempts) == ("Mapping Failed", 3)
    assert broken.reason
    assert log()[1] == "Mapped (opened)"


def break_it(message):
    """A header of a type that no request has: reading it raises what nobody foresaw."""
    InboundMessage.objects.filter(pk=message.pk).update(headers=[1])


@once
def test_between_two_tries_a_message_waits(client):
    post(client, make_integration(), FAILURE)
    message = InboundMessage.objects.get()
    break_it(message)
    now = timezone.now()
    work(now=now)

    again_at_once = work(now=now)

    message.refresh_from_db()
    assert (again_at_once, message.status, message.attempts) == (0, "pending", 1)


@once
def test_of_several_integrations_on_one_url_the_first_that_accepts_takes_it(client):
    first = make_integration("custom", sequence=1, rules=only("shop"))
    second = make_integration("custom", sequence=2, rules=only("bank"))
    Integration.objects.filter(pk=second.pk).update(
        token=first.token, token_digest=first.token_digest
    )

    for name in ("bank", "shop", "zoo"):
        post(client, first, {"name": name, "status": "down"})
    work()

    taken = [m.integration_id for m in InboundMessage.objects.order_by("pk")]
    assert taken == [second.pk, first.pk, first.pk]
    assert log() == ["Mapped (opened)", "Mapped (opened)", "Mapping Failed"]
    reason = InboundMessage.objects.latest("pk").reason
    assert first.name in reason
    assert second.name in reason


def only(name):
    """Rules that take the messages about one name."""
    return {
        "source": "Test",
        "fields": {"source_name": "name", "source_id": "name", "status": "status"},
        "open_when": {"values": ["down"]},
        "close_when": {"values": ["up"]},
        "filters": {"all": [{"path": "name", "operator": "equals", "value": name}]},
    }


@once
def test_what_an_integration_took_before_it_was_disabled_is_worked_off(client):
    integration = make_integration()
    post(client, integration, FAILURE)
    integrations.set_enabled(integration.pk, False)

    work()

    assert log() == ["Mapped (opened)"]


@once
def test_what_waits_when_its_integration_is_deleted_ends_with_the_reason(client):
    integration = make_integration()
    post(client, integration, FAILURE)
    integration.delete()

    work()

    message = InboundMessage.objects.get()
    assert message.get_status_display() == "Mapping Failed"
    assert message.reason == "No enabled integration is left on this URL"


@once
def test_changed_rules_hold_from_the_next_message_on(client):
    integration = make_integration("custom", rules=only("shop"))
    post(client, integration, {"name": "bank", "status": "down"})
    work()
    integrations.change_rules(integration.pk, only("bank"))

    post(client, integration, {"name": "bank", "status": "down"})
    work()

    assert log() == ["Mapping Failed", "Mapped (opened)"]


@once
def test_worse_than_acknowledged_pages_again_in_a_new_round(client):
    alice = make_user()
    integration = make_integration(
        "generic-webhook", service=make_service(make_policy(alice)), rules=graded()
    )
    post(client, integration, {"name": "disk", "level": "warning"})
    work()
    incident = Incident.objects.get()
    respond.acknowledge(incident.pk, by=alice)

    post(client, integration, {"name": "disk", "level": "critical"})
    work()

    incident.refresh_from_db()
    assert (incident.status, incident.paging_round) == ("open", 2)
    assert [run.state for run in incident.runs.order_by("paging_round")] == [
        "finished",
        "escalating",
    ]
    assert Notification.objects.filter(channel="email", user=alice).count() == 2


def graded():
    return {
        "source": "Test",
        "fields": {
            "source_name": "name",
            "source_id": "name",
            "status": "level",
            "severity": "level",
        },
        "severity": {"default": "warning", "map": {"critical": "critical"}},
        "open_when": {"values": ["warning", "critical"]},
        "close_when": {"values": ["fine"]},
    }


@once
def test_what_ends_within_one_batch_pages_nobody(client):
    alice = make_user()
    integration = make_integration(service=make_service(make_policy(alice)))
    for body in (FAILURE, RECOVERY):
        post(client, integration, body)

    work()

    assert not Notification.objects.exists()
    assert Run.objects.get().state == "finished"


@pytest.mark.django_db(transaction=True)
def test_two_identical_posts_at_once_make_one_incident(client):
    integration = make_integration(service=make_service(make_policy(make_user())))

    race(lambda: post(client, integration, FAILURE), lambda: post(client, integration, FAILURE))
    race(engine.process_pending, engine.process_pending)
    work()

    assert sorted(log()) == ["Mapped (opened)", "Mapped Appended"]
    assert Incident.objects.count() == 1
    assert Alert.objects.get().count == 2
    assert Notification.objects.filter(channel="email").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_engines_work_each_message_off_once(client):
    lanes = [make_integration() for _ in range(4)]
    for number in range(10):
        for integration in lanes:
            post(client, integration, {"event": "ALERT_FAILURE", "name": f"m{number}"})

    race(work, work)
    work()

    assert set(log()) == {"Mapped (opened)"}
    assert Incident.objects.count() == 40
