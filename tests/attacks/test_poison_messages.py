"""Messages that end their engine, or never end: they take no other message with them."""

import signal

import pytest

from incidents.models import Alert, Incident
from integrations.engine import pipeline
from integrations.engine.adapters import ADAPTERS
from integrations.models import InboundMessage
from tests.attacks import engines
from tests.factories import make_integration
from tests.integrations.posting import FAILURE, post, work

once = pytest.mark.django_db
with_engines = pytest.mark.django_db(transaction=True)
KILLED = "os.kill(os.getpid(), signal.SIGKILL)"
DEATHS = {
    "killed, as for too much memory": KILLED,
    "a crash in C": "ctypes.string_at(0)",
    "C that never returns": "sum(range(10**15))",
    "an exit": "os._exit(7)",
}


def monitor(name):
    return {**FAILURE, "monitor": {"id": name, "name": name}}


def post_poison(client, integration, name="poison"):
    post(client, integration, monitor(name))
    message = InboundMessage.objects.latest("pk")
    InboundMessage.objects.filter(pk=message.pk).update(route="poison")
    return message


def state(message):
    message.refresh_from_db()
    return message.get_status_display(), message.attempts


@with_engines
@pytest.mark.parametrize("death", DEATHS.values(), ids=DEATHS)
def test_a_message_that_ends_its_engine_has_failed_after_three_tries(client, death):
    integration = make_integration()
    for name in ("before", "poison", "after"):
        if name == "poison":
            poison = post_poison(client, integration)
        else:
            post(client, integration, monitor(name))

    ends = engines.run(death)

    assert len(ends) == 4
    assert state(poison) == ("Mapping Failed", 3)
    assert "ended while it worked on this message, 3 times" in poison.reason
    assert {alert.source_name: alert.count for alert in Alert.objects.all()} == {
        "before": 1,
        "after": 1,
    }
    assert Incident.objects.count() == 2


@with_engines
def test_a_try_is_counted_before_the_work_and_the_batch_is_worked_apart_after_a_death(client):
    integration = make_integration()
    post(client, integration, monitor("before"))
    poison = post_poison(client, integration)

    ends = engines.run(KILLED, at_most=1)

    assert ends == [-signal.SIGKILL]
    assert set(InboundMessage.objects.values_list("status", "attempts")) == {("pending", 1)}
    engines.run(KILLED, at_most=1)
    assert [alert.source_name for alert in Alert.objects.all()] == ["before"]
    assert state(poison) == ("Pending", 2)


@with_engines
def test_what_came_to_other_integrations_is_told_between_two_deaths(client):
    poison = post_poison(client, make_integration())
    engines.run(KILLED, at_most=1)
    post(client, make_integration(), monitor("critical"))

    engines.run(KILLED, at_most=1)

    assert [alert.source_name for alert in Alert.objects.all()] == ["critical"]
    assert state(poison) == ("Pending", 2)


@with_engines
def test_two_poisons_in_two_integrations_end_both(client):
    integrations = [make_integration(), make_integration()]
    poisons = [post_poison(client, integration) for integration in integrations]
    for integration in integrations:
        post(client, integration, monitor(integration.name))

    engines.run("os._exit(1)")

    assert [state(poison) for poison in poisons] == [("Mapping Failed", 3)] * 2
    assert Alert.objects.count() == 2


def endless(body, headers):
    """It swallows whatever is raised at it."""
    while True:
        try:
            while True:
                pass
        except Exception:  # noqa: BLE001 - that is what is tried.
            pass


@once
def test_decoding_that_never_ends_is_broken_off_and_has_failed_after_three_tries(
    client, monkeypatch
):
    monkeypatch.setitem(ADAPTERS, "poison", endless)
    monkeypatch.setattr(pipeline, "MAX_PURE_S", 0.2)
    integration = make_integration()
    poison = post_poison(client, integration)
    post(client, integration, monitor("after"))

    work()

    assert state(poison) == ("Mapping Failed", 3)
    assert poison.reason == "TimeBudgetExceeded: It took longer than 0.2 s"
    assert Alert.objects.get().source_name == "after"


class Endless:
    """A value of a message that cannot be read to its end."""

    def __str__(self):
        return endless(None, None)


@once
def test_the_events_before_one_that_never_ends_are_told(client, monkeypatch):
    alert = {"status": "firing", "labels": {"alertname": "Down"}, "startsAt": "2026-03-02T12:00Z"}
    alerts = [{**alert, "fingerprint": f"{number:016x}"} for number in range(40)]
    alerts[20]["fingerprint"] = Endless()
    monkeypatch.setitem(ADAPTERS, "poison", lambda body, headers: {"alerts": alerts})
    monkeypatch.setattr(pipeline, "MAX_PURE_S", 0.5)
    poison = post_poison(client, make_integration("alertmanager"))

    work()

    assert Incident.objects.count() == 20
    assert state(poison) == ("Mapping Failed", 3)
    assert poison.events_done == 20
    assert len(poison.event_results) == 20


@once
def test_a_message_that_is_never_done_with_its_mapping_ends_at_its_budget(client, monkeypatch):
    monkeypatch.setattr(pipeline, "MAX_MAPPING_S", 0.0)
    alert = {"status": "firing", "startsAt": "2026-03-02T12:00:00Z"}
    alerts = [
        {**alert, "labels": {"alertname": "Down"}, "fingerprint": f"{number:016x}"}
        for number in range(700)
    ]
    post(client, make_integration("alertmanager"), {"version": "4", "alerts": alerts})

    work()

    message = InboundMessage.objects.get()
    assert message.get_status_display() == "Mapping Failed"
    assert "takes longer than 0 s to map" in message.reason
