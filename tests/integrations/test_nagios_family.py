"""Nagios and its relatives: the state says whether it is well, whatever the type is called."""

import pytest

from incidents.models import Alert
from integrations import catalog
from integrations.decoding import decode
from integrations.mapping.rules import Received
from tests.factories import make_integration, make_policy, make_service
from tests.integrations.posting import log, post, work
from tests.rows import each

# Where the type's word stands, the state of a service and the state of a host.
PLACES = {
    "icinga2": ("notification_type", "service_state", "host_state"),
    "centreon": ("notification_type", "service_state", "host_state"),
    "checkmk": ("notificationtype", "servicestate", "hoststate"),
    "nagios": ("NOTIFICATIONTYPE", "SERVICESTATE", "HOSTSTATE"),
    "nagios-xi": ("NOTIFICATIONTYPE", "SERVICESTATE", "HOSTSTATE"),
    "op5-monitor": ("NOTIFICATIONTYPE", "SERVICESTATE", "HOSTSTATE"),
    "nagios-email": (),
}
WORDS = [
    *("RECOVERY", "FLAPPINGSTOP", "FLAPPINGEND", "FLAPPINGDISABLED", "FLAPPINGSTART", "PROBLEM"),
    *("DOWNTIMEEND", "DOWNTIMECANCELLED", "DOWNTIMESTART", "CUSTOM", "ACKNOWLEDGEMENT"),
]
each_tool = each("slug", PLACES)
each_kind = each("kind", ["service", "host"])


def message(slug, kind, word, state):
    """The open sample of the tool with this word and state."""
    name = "open" if kind == "service" else "open-host"
    sample = catalog.find(slug).sample(name)
    if slug == "nagios-email":
        text = sample.raw.decode().replace("PROBLEM", word)
        for bad in ("CRITICAL", "DOWN"):
            text = text.replace(f"is {bad}", f"is {state}").replace(
                f"State: {bad}", f"State: {state}"
            )
        return decode.decode(text.encode(), sample.content_type)
    kind_of, service, host = PLACES[slug]
    return sample.body | {kind_of: word, (service if kind == "service" else host): state}


def event(slug, kind, word, state):
    [found] = catalog.find(slug).compiled.events(Received(message(slug, kind, word, state)))
    return found


@each_tool
@each_kind
@each("word", WORDS)
def test_what_is_well_again_closes(slug, kind, word):
    opened = event(slug, kind, "PROBLEM", "CRITICAL" if kind == "service" else "DOWN")
    ended = event(slug, kind, word, "OK" if kind == "service" else "UP")

    assert (opened.action, ended.action) == ("trigger", "resolve")
    assert ended.key == opened.key


@each_tool
@each_kind
@each("word", [word for word in WORDS if word != "PROBLEM"])
def test_what_is_not_well_neither_closes_nor_opens(slug, kind, word):
    found = event(slug, kind, word, "CRITICAL" if kind == "service" else "DOWN")

    assert found.action in ("", "update")


@pytest.mark.parametrize("slug", [slug for slug in PLACES if slug != "nagios-email"])
def test_a_host_that_is_up_closes_no_service_that_is_not_well(slug):
    host = PLACES[slug][-1]
    body = message(slug, "service", "FLAPPINGSTOP", "CRITICAL") | {host: "UP"}

    [found] = catalog.find(slug).compiled.events(Received(body))

    assert found.action in ("", "update")


def test_a_recovery_without_a_state_closes():
    body = message("nagios", "service", "RECOVERY", "OK")
    del body["SERVICESTATE"]

    [found] = catalog.find("nagios").compiled.events(Received(body))

    assert found.action == "resolve"


def test_a_mail_of_icinga_is_read_as_well():
    def mail(word, state):
        text = f"disk on web-1 is {state}!\n\nInfo: 2 % left\n\nService: disk\nHost: web-1\n"
        body = {"subject": f"[{word}] disk on web-1 is {state}!", "text": text}
        return catalog.find("nagios-email").compiled.events(Received(body))

    [opened], [ended] = mail("PROBLEM", "CRITICAL"), mail("RECOVERY", "OK")

    assert (opened.action, opened.severity, ended.action) == ("trigger", "critical", "resolve")
    assert (opened.source_name, opened.source_id) == ("web-1", "disk")
    assert opened.key == ended.key


@pytest.mark.django_db
@pytest.mark.parametrize("word", ["FLAPPINGEND", "FLAPPINGSTOP"])
def test_the_end_of_flapping_closes_what_is_open_and_opens_nothing(client, word):
    integration = make_integration("icinga2", service=make_service(make_policy()))
    end = message("icinga2", "service", word, "OK")
    for body in (
        message("icinga2", "service", "PROBLEM", "CRITICAL"),
        message("icinga2", "service", "FLAPPINGSTART", "CRITICAL"),
        end,
        end,
    ):
        post(client, integration, body)
    work()

    assert log() == ["Mapped (opened)", "Mapped Ignored", "Mapped (closed)", "Mapped Ignored"]
    assert Alert.objects.get().closed_at
