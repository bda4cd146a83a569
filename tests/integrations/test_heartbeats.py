"""Heartbeats: what arms them, what opens an alert, and what closes it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from escalation.models import Run
from incidents.errors import InvalidRequest
from incidents.models import Alert, Incident
from integrations.heartbeats import pings
from integrations.models import Heartbeat, InboundMessage, Integration
from integrations.setup import edit, heartbeats, integrations, replay
from notifications.models import Notification
from tests.factories import make_policy, make_service, make_user
from tests.integrations.heartbeats import (
    alarm,
    last_message,
    make_heartbeat,
    overdue,
    ping,
    row,
    state,
)
from tests.integrations.posting import log, post, work
from tests.threads import race

once = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@once
def test_the_first_beat_arms_it(client):
    integration = make_heartbeat()
    assert (state(integration), row(integration).alert_after) == ("new", None)

    answer = ping(client, integration)

    known = row(integration)
    assert (answer.status_code, answer.content) == (200, b"OK")
    assert state(integration) == "up"
    assert known.due_at - known.last_ping_at == 5 * MINUTE
    assert known.alert_after - known.due_at == MINUTE
    assert log() == ["Mapped (ping)"]


@once
def test_one_that_is_armed_at_once_waits_from_its_creation_on():
    integration = make_heartbeat(starts_immediately=True)

    alarm(integration)

    assert Incident.objects.get().title.startswith("Nightly backup is silent: expected at ")


@once
def test_one_that_nobody_armed_never_alarms():
    make_heartbeat()

    assert pings.next_alert_after() is None
    assert pings.mark_overdue(timezone.now() + timedelta(days=400)) == 0


@once
def test_a_miss_is_one_alert_that_pages_and_that_the_next_beat_closes(client):
    alice = make_user()
    integration = make_heartbeat(service=make_service(make_policy(alice)))
    ping(client, integration)

    alarm(integration)
    again = pings.mark_overdue(timezone.now() + timedelta(days=1))
    down = state(integration)
    ping(client, integration)
    work()

    incident = Incident.objects.get()
    assert (down, state(integration), again) == ("down", "up", 0)
    assert Alert.objects.count() == Run.objects.count() == 1
    assert incident.status == "resolved"
    assert Notification.objects.get(channel="email").user == alice
    assert log() == ["Mapped (ping)", "Mapped (opened)", "Mapped (closed)"]


@once
def test_nothing_is_missed_before_its_second(client):
    integration = make_heartbeat()
    ping(client, integration)
    at = row(integration).alert_after

    assert pings.next_alert_after() == at
    assert pings.mark_overdue(at - timedelta(microseconds=1)) == 0
    assert pings.mark_overdue(at) == 1


@once
def test_the_end_says_how_long_it_was_silent(client):
    integration = make_heartbeat()
    ping(client, integration)
    overdue(integration, since=12 * MINUTE)
    pings.mark_overdue(timezone.now())

    ping(client, integration)
    work()

    entry = Incident.objects.get().timeline.get(verb="resolved")
    assert "back after 12 min" in entry.text
    assert last_message().subject == "Nightly backup is back after 12 min"


@once
def test_a_miss_that_is_noticed_late_says_how_late(client):
    integration = make_heartbeat()
    ping(client, integration)
    overdue(integration, since=3 * MINUTE)

    pings.mark_overdue(timezone.now())
    work()

    assert "Noticed 3 min late" in Incident.objects.get().description


@once
def test_a_beat_that_came_while_no_engine_ran_counts(client):
    integration = make_heartbeat()
    ping(client, integration)
    overdue(integration, since=3 * MINUTE)

    ping(client, integration)

    assert pings.mark_overdue(timezone.now()) == 0
    assert state(integration) == "up"
    assert "late, but before anybody was told" in last_message().reason


@once
@pytest.mark.parametrize(
    ("suffix", "words"), [("/fail", "reported a failure"), ("/3", "reported exit code 3")]
)
def test_a_failure_opens_at_once_with_the_end_of_its_output(client, suffix, words):
    integration = make_heartbeat()

    ping(client, integration, suffix, body="\n".join(f"line {n}" for n in range(100)))
    work()

    incident = Incident.objects.get()
    assert incident.title == f"Nightly backup {words}"
    assert incident.description.startswith("line 60\n")
    assert incident.description.endswith("line 99")
    assert (state(integration), row(integration).down_reason) == ("down", words)


@once
def test_an_exit_code_of_zero_is_a_beat_and_closes(client):
    integration = make_heartbeat()
    ping(client, integration, "/1")

    ping(client, integration, "/0")
    work()

    assert Incident.objects.get().status == "resolved"
    assert state(integration) == "up"


@once
def test_a_failure_that_is_repeated_is_counted_on_the_one_alert(client):
    integration = make_heartbeat()

    for _ in range(3):
        ping(client, integration, "/fail")
    work()

    assert Alert.objects.get().count == 3
    assert log() == ["Mapped (opened)", "Mapped Appended", "Mapped Appended"]


@once
def test_silence_after_a_failure_that_somebody_resolved_is_told_anew(client):
    integration = make_heartbeat()
    ping(client, integration, "/fail")
    work()
    from_person = Incident.objects.get()
    from_person.status, from_person.resolved_at = "resolved", timezone.now()
    from_person.save()
    Alert.objects.update(closed_at=timezone.now())

    alarm(integration)

    assert Incident.objects.filter(status="open").count() == 1


@once
def test_a_run_is_measured(client):
    integration = make_heartbeat()
    ping(client, integration, "/start")
    Heartbeat.objects.update(run_started_at=timezone.now() - 2 * MINUTE)

    ping(client, integration)

    assert row(integration).last_run_seconds == pytest.approx(120, abs=5)
    assert "The run took 2 min" in last_message().reason
    assert row(integration).run_started_at is None


@once
def test_runs_that_overlap_are_told_apart_by_their_id(client):
    integration = make_heartbeat()
    slow, quick = "a" * 32, "b" * 32
    ping(client, integration, f"/start?rid={slow}")
    InboundMessage.objects.update(received_at=timezone.now() - 10 * MINUTE)
    ping(client, integration, f"/start?rid={quick}")

    ping(client, integration, f"?rid={slow}")

    assert row(integration).last_run_seconds == pytest.approx(600, abs=5)


@once
def test_a_run_that_begins_and_does_not_end_is_missed(client):
    integration = make_heartbeat()
    ping(client, integration, "/start")

    alarm(integration)

    assert "has not ended" in Incident.objects.get().description


@once
def test_a_line_for_the_log_changes_nothing(client):
    integration = make_heartbeat()

    ping(client, integration, "/log", body="50 % done")

    assert (state(integration), log()) == ("new", ["Mapped Ignored"])
    assert bytes(last_message().body) == b"50 % done"


CHROME = {
    "user-agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/131",
    "accept": "text/html,application/xhtml+xml",
}
NO_BEATS = [
    {"sec-fetch-mode": "navigate"},
    {"sec-fetch-mode": "no-cors"},
    {"sec-purpose": "prefetch;prerender"},
    {"purpose": "prefetch"},
    {"x-moz": "prefetch"},
    CHROME,
    {"user-agent": "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"},
    {"user-agent": "facebookexternalhit/1.1"},
    {"user-agent": "Mozilla/5.0 (Windows NT 6.1) SkypeUriPreview Preview/0.5"},
    {"user-agent": "Googlebot/2.1"},
]


@once
@pytest.mark.parametrize("headers", NO_BEATS)
@pytest.mark.parametrize("own", [True, False])
def test_l18_what_a_browser_or_a_link_preview_opens_arms_nothing(client, headers, own):
    integration = make_heartbeat()
    address = f"/POSTAlert/{integration.token}/x" if own else f"/ping/{integration.token}"

    answer = client.get(address, headers=headers)

    assert answer.status_code in (200, 202)
    assert state(integration) == "new"
    assert "that is no ping" in last_message().reason


@once
@pytest.mark.parametrize(
    "agent",
    ["curl/8.5", "Wget/1.21", "python-requests/2.32", "runitor/1.3", "", "Mozilla/5.0 PowerShell"],
)
def test_scripts_arm_it_with_a_get(client, agent):
    integration = make_heartbeat()

    ping(client, integration, **{"user-agent": agent, "accept": "*/*"})

    assert state(integration) == "up"


@once
def test_what_a_browser_opens_does_not_end_a_silence(client):
    integration = make_heartbeat()
    ping(client, integration)
    alarm(integration)

    ping(client, integration, **CHROME)
    work()

    assert state(integration) == "down"
    assert Incident.objects.get().status == "open"


def columns(integration):
    return Heartbeat.objects.filter(pk=row(integration).pk).values().get()


def new(client):
    return make_heartbeat()


def armed(client):
    integration = make_heartbeat()
    ping(client, integration)
    return integration


def down(client):
    integration = armed(client)
    alarm(integration)
    return integration


def failed(client):
    integration = armed(client)
    ping(client, integration, "/fail")
    work()
    return integration


def running(client):
    integration = armed(client)
    ping(client, integration, "/start")
    return integration


def paused(client):
    integration = armed(client)
    heartbeats.pause_heartbeat(integration.pk)
    return integration


@once
@pytest.mark.parametrize("make", [new, armed, down, failed, running, paused])
def test_a_test_from_the_portal_changes_nothing_of_the_heartbeat(client, make):
    integration = make(client)
    before, said = columns(integration), state(integration)
    is_open = Alert.objects.open().exists()

    receipt = heartbeats.send_test_ping(integration.pk)
    work()

    assert receipt.status == 200
    assert (columns(integration), state(integration)) == (before, said)
    assert Alert.objects.open().exists() == is_open
    assert last_message().is_test
    assert last_message().reason == "A test from the portal: it has arrived, and changes nothing."


@once
@pytest.mark.parametrize("sample", ["open", "close"])
@pytest.mark.parametrize("make", [armed, down])
def test_a_sample_of_its_template_changes_nothing_of_it_either(client, make, sample):
    integration = make(client)
    before = columns(integration)
    is_open = Alert.objects.open().filter(incident__is_test=False).exists()

    replay.send_sample(integration.pk, sample)
    work()

    assert columns(integration) == before
    assert Alert.objects.open().filter(incident__is_test=False).exists() == is_open


@once
def test_after_a_test_the_silence_is_noticed_when_it_would_have_been(client):
    integration = armed(client)
    due = row(integration).alert_after

    heartbeats.send_test_ping(integration.pk)

    assert pings.mark_overdue(due) == 1


@once
def test_l18_a_deleted_one_beats_and_alarms_no_more(client):
    integration = make_heartbeat()
    ping(client, integration)
    at = row(integration).alert_after

    edit.delete_integration(integration.pk)

    assert ping(client, integration).status_code == 404
    assert (Heartbeat.objects.count(), pings.mark_overdue(at)) == (0, 0)
    assert pings.next_alert_after() is None


@once
def test_a_paused_one_never_alarms_until_it_is_resumed(client):
    integration = make_heartbeat()
    ping(client, integration)

    heartbeats.pause_heartbeat(integration.pk)
    ping(client, integration)
    ping(client, integration, "/fail")
    paused = (state(integration), pings.next_alert_after(), Incident.objects.count())
    heartbeats.resume_heartbeat(integration.pk)

    assert paused == ("paused", None, 0)
    assert state(integration) == "up"
    assert row(integration).due_at - timezone.now() == pytest.approx(5 * MINUTE, abs=MINUTE / 6)


@once
def test_resuming_one_that_never_beat_waits_for_its_first(client):
    integration = make_heartbeat()

    heartbeats.pause_heartbeat(integration.pk)
    heartbeats.resume_heartbeat(integration.pk)

    assert state(integration) == "new"


@once
def test_a_disabled_one_is_refused_and_never_alarms_and_begins_anew_when_enabled(client):
    integration = make_heartbeat()
    ping(client, integration)
    overdue(integration, since=MINUTE)

    integrations.set_enabled(integration.pk, False)
    refused = ping(client, integration)
    quiet = (pings.mark_overdue(timezone.now()), pings.next_alert_after())
    integrations.set_enabled(integration.pk, True)

    assert (refused.status_code, quiet) == (403, (0, None))
    assert (state(integration), pings.mark_overdue(timezone.now())) == ("up", 0)


@once
def test_a_changed_schedule_counts_from_now_on(client):
    integration = make_heartbeat(every_seconds=86_400)
    ping(client, integration)
    Heartbeat.objects.update(last_ping_at=timezone.now() - timedelta(hours=5))

    heartbeats.change_heartbeat(integration.pk, every_seconds=60)

    assert state(integration) == "up"
    assert row(integration).due_at - timezone.now() == pytest.approx(MINUTE, abs=MINUTE / 6)


@once
def test_an_interval_takes_the_place_of_a_cron_expression_and_back():
    integration = make_heartbeat(cron="0 3 * * *", time_zone="Europe/Berlin")

    heartbeats.change_heartbeat(integration.pk, every_seconds=60)
    interval = (row(integration).every_seconds, row(integration).cron)
    heartbeats.change_heartbeat(integration.pk, cron="*/5 * * * *")

    assert interval == (60, "")
    assert (row(integration).every_seconds, row(integration).cron) == (None, "*/5 * * * *")


@once
@pytest.mark.parametrize("wrong", [{"cron": "nonsense"}, {"time_zone": "Mars"}])
def test_a_schedule_that_cannot_be_kept_is_not_saved(wrong):
    with pytest.raises(InvalidRequest):
        make_heartbeat(**wrong)

    assert not Integration.objects.exists()


@once
def test_it_cannot_be_cloned():
    integration = make_heartbeat()

    with pytest.raises(InvalidRequest):
        edit.clone_integration(integration.pk)


@once
def test_a_renamed_one_closes_the_alert_that_it_opened(client):
    integration = make_heartbeat()
    ping(client, integration)
    alarm(integration)

    edit.change_basics(integration.pk, name="Weekly backup")
    ping(client, integration)
    work()

    assert Incident.objects.get().status == "resolved"


@once
def test_a_beat_past_the_rate_limit_counts_and_is_not_kept(client):
    integration = make_heartbeat(rate_limit=1)
    ping(client, integration)
    first = row(integration).last_ping_at

    answers = {ping(client, integration).status_code for _ in range(3)}

    assert answers == {200}
    assert row(integration).last_ping_at > first
    assert InboundMessage.objects.count() == 1


@once
def test_past_the_rate_limit_a_first_failure_and_its_end_are_told_and_no_repetition_is(client):
    integration = make_heartbeat(rate_limit=1)
    ping(client, integration)

    for suffix in ("/fail", "/fail", "/fail", ""):
        ping(client, integration, suffix)
    work()

    assert Alert.objects.get().count == 1
    assert log() == ["Mapped (ping)", "Mapped (opened)", "Mapped (closed)"]


@once
def test_what_an_integration_asks_of_its_senders_holds_for_beats(client):
    integration = make_heartbeat()
    integration.allowed_networks = ["192.0.2.0/24"]
    integration.save()

    answer = ping(client, integration)

    assert (answer.status_code, state(integration)) == (403, "new")
    assert log() == ["Rejected"]


@once
def test_a_beat_where_the_timer_cannot_be_written_is_put_off_and_holds_nobody_up(client):
    broken, well = make_heartbeat("Broken"), make_heartbeat("Well")
    for one in (broken, well):
        ping(client, one)
    at = row(well).alert_after
    # As a defect of ours would: a zone that is gone from the list of zones.
    Heartbeat.objects.filter(pk=broken.pk).update(time_zone="Mars/Olympus")

    pings.mark_overdue(at)
    work()

    assert Incident.objects.get().title.startswith("Well is silent")
    assert row(broken).alert_after == at + MINUTE


@once
def test_one_by_its_own_url_takes_what_tools_post(client):
    integration = make_heartbeat()

    answer = post(client, integration, {"any": "thing"})

    assert (answer.status_code, answer.json()["status"]) == (200, "accepted")
    assert (state(integration), log()) == ("up", ["Mapped (ping)"])


@once
@pytest.mark.parametrize("method", ["get", "head"])
def test_one_by_its_own_url_takes_get_and_head_where_other_integrations_do_not(client, method):
    integration = make_heartbeat()

    answer = getattr(client, method)(f"/POSTAlert/{integration.token}/it")

    assert (answer.status_code, state(integration)) == (200, "up")
    assert getattr(client, method)("/POSTAlert/unknown/it").status_code == 405


@pytest.mark.django_db(transaction=True)
def test_of_a_beat_and_a_miss_at_once_one_is_first(client):
    integration = make_heartbeat()
    ping(client, integration)
    for _ in range(10):
        overdue(integration, since=timedelta(seconds=1))
        taken, answer = race(
            lambda: pings.mark_overdue(timezone.now()), lambda: ping(client, integration)
        )
        work()

        assert answer.status_code == 200
        assert taken in (0, 1)
        assert state(integration) == "up"
        assert not Incident.objects.exclude(status="resolved").exists()


@pytest.mark.django_db(transaction=True)
def test_two_engines_take_a_miss_once(client):
    integration = make_heartbeat()
    ping(client, integration)
    overdue(integration, since=timedelta(seconds=1))

    taken = race(*[lambda: pings.mark_overdue(timezone.now())] * 4)
    work()

    assert sorted(taken) == [0, 0, 0, 1]
    assert Alert.objects.get().count == 1
