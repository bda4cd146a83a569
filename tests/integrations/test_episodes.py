"""A trigger of what is known to be over comes late: it opens nothing, whichever came first."""

from datetime import timedelta

import pytest

from incidents.actions import episodes, ingest
from incidents.models import Alert, EpisodeEnd, Incident
from integrations import catalog
from integrations.catalog.golden_samples import pairs
from integrations.engine import timers
from integrations.inbound import retention
from integrations.mapping.events import Event
from integrations.models import InboundMessage
from integrations.setup.replay import replay
from tests.factories import NOON, make_integration, make_report, make_service, minutes
from tests.integrations.posting import post, work

pytestmark = pytest.mark.django_db
NAMED = {
    slug: template
    for slug, template in catalog.all_templates().items()
    if "'episode'" in str(template.rules)
}
START = "2026-03-02T10:15:00Z"
LATER = "2026-03-02T11:00:00Z"


def alert(status, starts_at=START, fingerprint="f1"):
    return {
        "status": status,
        "labels": {"alertname": "DiskFull", "instance": fingerprint},
        "annotations": {},
        "startsAt": starts_at,
        "endsAt": "2026-03-02T10:40:00Z" if status == "resolved" else "0001-01-01T00:00:00Z",
        "fingerprint": fingerprint,
    }


def send(client, integration, *alerts):
    """One message with these alerts; returns its row of the log."""
    post(client, integration, {"version": "4", "status": "firing", "alerts": list(alerts)})
    work()
    return InboundMessage.objects.latest("pk")


def test_firing_after_its_end_is_ignored_as_late(client):
    integration = make_integration("alertmanager")
    send(client, integration, alert("firing"))
    send(client, integration, alert("resolved"))

    late = send(client, integration, alert("firing"))

    assert late.get_status_display() == "Mapped Ignored"
    assert late.reason.startswith("late: its end came at ")
    assert Incident.objects.get().status == "resolved"


def test_an_end_that_comes_before_its_beginning_is_remembered(client):
    integration = make_integration("alertmanager")
    end = send(client, integration, alert("resolved"))
    assert end.reason == "resolve without an open alert of this key"

    late = send(client, integration, alert("firing"))

    assert (late.status, late.incident) == ("ignored", None)
    assert not Incident.objects.exists()


def test_a_later_start_opens_as_ever_and_a_late_one_does_not_count_for_it(client):
    integration = make_integration("alertmanager")
    send(client, integration, alert("firing"))
    send(client, integration, alert("resolved"))

    send(client, integration, alert("firing", LATER))
    late = send(client, integration, alert("firing"))

    assert late.status == "ignored"
    assert [one.status for one in Incident.objects.order_by("pk")] == ["resolved", "open"]
    assert Alert.objects.open().get().count == 1


def test_one_message_may_hold_both_in_either_order(client):
    integration = make_integration("alertmanager")

    row = send(client, integration, alert("resolved"), alert("firing"), alert("firing", "", "f2"))

    assert [one.result for one in row.event_results] == ["ignored", "ignored", "opened"]


def test_the_episode_of_one_alert_says_nothing_of_another_that_began_at_the_same_time(client):
    integration = make_integration("alertmanager")
    send(client, integration, alert("firing"), alert("firing", fingerprint="f2"))
    send(client, integration, alert("resolved"))

    again = send(client, integration, alert("firing", fingerprint="f2"))

    assert again.status == "appended"


@pytest.mark.parametrize("none", ["", "0001-01-01T00:00:00Z", None])
def test_a_sender_that_names_no_start_is_taken_as_ever(client, none):
    integration = make_integration("alertmanager")
    send(client, integration, alert("firing", none))
    send(client, integration, alert("resolved", none))

    assert send(client, integration, alert("firing", none)).status == "mapped"
    assert not EpisodeEnd.objects.exists()


@pytest.mark.parametrize(
    ("written", "other"),
    [
        ("2026-03-02T10:15:00Z", "2026-03-02T12:15:00+02:00"),
        ("2026-03-02T10:15:00.000Z", "2026-03-02 10:15:00+00:00"),
        ("2026-03-02T10:15:00.123456789Z", "2026-03-02T10:15:00.123456Z"),
    ],
)
def test_the_same_time_is_the_same_episode_however_it_is_written(written, other):
    assert Event(episode=written).episode == Event(episode=other).episode != ""


def test_what_a_person_resolved_and_what_was_silent_opens_again_when_it_is_repeated(client):
    """Only its sender knows that it is over."""
    integration = make_integration("alertmanager", routing={"close_after_minutes": 1})
    send(client, integration, alert("firing"))
    Alert.objects.update(expires_at=NOON)
    assert timers.run_timers(NOON + minutes(1)) == 1

    assert send(client, integration, alert("firing")).action == "opened"


def test_a_replay_shows_what_comes_of_a_message_though_its_episode_is_over(client):
    integration = make_integration("alertmanager")
    first = send(client, integration, alert("firing"))
    send(client, integration, alert("resolved"))

    replay(first.pk)
    work()

    assert InboundMessage.objects.latest("pk").action == "opened"


def test_the_end_and_its_late_beginning_at_once_leave_nothing_open():
    service = make_service()

    for action in ("trigger", "resolve", "trigger", "trigger"):
        ingest.report([make_report(service, action=action, episode="e1")])

    assert not Alert.objects.open().exists()


def test_ends_are_forgotten_after_a_week():
    service = make_service()
    ingest.report([make_report(service, action="resolve", episode="old", at=NOON)])
    ingest.report([make_report(service, action="resolve", episode="new", at=NOON + minutes(1))])

    retention.prune(NOON + episodes.KEPT + timedelta(seconds=1))

    assert EpisodeEnd.objects.get().ended_at == NOON + minutes(1)


def test_a_batch_asks_once_for_the_ends_however_many_episodes_it_names(
    django_assert_max_num_queries,
):
    service = make_service()
    ends = [make_report(service, "resolve", str(n), episode="e") for n in range(50)]
    with django_assert_max_num_queries(12):
        ingest.report(ends)

    late = [make_report(service, "trigger", str(n), episode="e") for n in range(50)]
    with django_assert_max_num_queries(12):
        assert {one.result for one in ingest.report(late)} == {"ignored"}


@pytest.mark.parametrize("slug", NAMED)
def test_the_samples_of_a_tool_that_names_episodes_name_the_same_one(slug):
    template = NAMED[slug]
    rules = template.compiled
    found = [
        (begun.episode, over.episode)
        for opened, closed in pairs(template)
        for begun, over in zip(
            rules.events(opened.received), rules.events(closed.received), strict=False
        )
        if begun.action == "trigger" and over.action == "resolve" and begun.key == over.key
    ]

    assert any(begun for begun, _ in found), "no sample names its episode"
    assert [begun for begun, _ in found] == [over for _, over in found]


@pytest.mark.parametrize("slug", ["alertmanager", "grafana", "zabbix", "uptimenine", "datadog"])
def test_late_openings_of_these_tools_open_nothing(client, slug):
    template = catalog.find(slug)
    integration = make_integration(slug)
    opened, closed = next(
        pair for pair in pairs(template) if template.compiled.events(pair[1].received)[0].episode
    )
    for sample in (opened, closed, opened):
        post(client, integration, sample.body)
        work()

    assert not Alert.objects.open().exists()
    assert Incident.objects.count() == 1
