import pytest
from django.utils import timezone

from integrations.models import Heartbeat, Integration
from integrations.setup import heartbeats
from tests.factories import make_policy, make_service, make_team
from tests.integrations.heartbeats import alarm, make_heartbeat, ping, row, state
from tests.integrations.pages import admin_browser, browser, text_of
from tests.pages import words

pytestmark = pytest.mark.django_db
LIST = "/integrations/?channel=heartbeat"
NEW = "/integrations/add/heartbeat/"


def filled(**fields):
    service = make_service(make_policy())
    known = {
        "name": "Nightly backup",
        "service": service.pk,
        "mode": "policy",
        "is_enabled": "on",
        "timing": "every",
        "every": "5",
        "every_unit": "60",
        "cron": "",
        "arms": "first",
        "time_zone": "Europe/Berlin",
        "grace": "1",
        "grace_unit": "60",
    }
    return known | fields


def test_the_channel_heartbeat_leads_to_its_form():
    page = admin_browser().get(LIST)

    assert "Add heartbeat" in words(page)
    assert f'href="{NEW}"' in text_of(page)


def test_a_heartbeat_is_not_among_the_tools_of_the_gallery():
    assert NEW not in text_of(admin_browser().get("/integrations/add/"))


def test_submit_makes_it_and_shows_its_addresses():
    page = admin_browser().post(NEW, filled(), follow=True)

    integration, heartbeat = Integration.objects.get(), Heartbeat.objects.get()
    assert (integration.kind, heartbeat.every_seconds, heartbeat.grace_seconds) == (
        "heartbeat",
        300,
        60,
    )
    assert heartbeat.time_zone == "Europe/Berlin"
    assert integration.url in text_of(page)
    assert "curl -fsS -m 10 --retry 5 -o /dev/null" in text_of(page)
    assert "Every 5 minutes" in words(page)
    assert "Waiting for the first ping" in words(page)


def test_opening_the_pages_of_a_heartbeat_does_not_arm_it():
    integration, admin = make_heartbeat(), admin_browser()

    for _ in range(2):
        admin.get(integration.get_absolute_url())
        admin.get(LIST)

    assert state(integration) == "new"


def test_a_new_one_by_cron_for_a_new_service():
    fields = filled(timing="cron", cron=" 0  3 * * * ", service="new", new_service="Backups")
    fields |= {"policy": make_policy().pk, "arms": "at_once"}

    admin_browser().post(NEW, fields)

    heartbeat = Heartbeat.objects.get()
    assert (heartbeat.cron, heartbeat.every_seconds) == ("0 3 * * *", None)
    assert heartbeat.integration.service.name == "Backups"
    assert heartbeat.alert_after > timezone.now()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"every": ""}, "Write an interval or a cron expression"),
        ({"every": "400", "every_unit": "86400"}, "Write 1 second to 366 days"),
        ({"timing": "cron", "cron": "daily"}, "This is no cron expression"),
        ({"timing": "cron", "cron": ""}, "Write an interval or a cron expression"),
        ({"timing": "cron", "cron": "0 0 30 2 *"}, "cron expression"),
        ({"time_zone": "Mars"}, "Select a valid choice"),
        ({"grace": "-1"}, "greater than or equal to 0"),
        ({"name": ""}, "This field is required"),
    ],
)
def test_a_form_that_cannot_be_kept_is_shown_again_with_what_to_mend(fields, said):
    page = admin_browser().post(NEW, filled(**fields))

    assert said in words(page)
    assert 'value="Nightly backup"' in text_of(page) or "name" in fields
    assert not Integration.objects.exists()


def test_the_page_shows_state_last_beat_and_the_beats(client):
    integration = make_heartbeat(service=make_service(make_policy()))
    ping(client, integration)
    alarm(integration)

    page = admin_browser().get(integration.get_absolute_url())

    said = words(page)
    assert "Down" in said
    assert "silent: expected at" in said
    assert text_of(page).count('class="heartbeat__ping') == 2
    assert "Advanced Settings" not in said


def test_the_page_refreshes_its_state_alone(client):
    integration = make_heartbeat()
    ping(client, integration)

    part = admin_browser().get(integration.get_absolute_url(), headers={"HX-Request": "true"})

    assert "<html" not in text_of(part)
    assert "Up" in words(part)
    assert integration.token not in text_of(part)


def test_who_does_not_administer_sees_the_state_and_no_address(client):
    person = browser("Responder")
    integration = make_heartbeat(service=make_service(team=make_team(person.user)))
    ping(client, integration)

    page = person.get(integration.get_absolute_url())

    assert page.status_code == 200
    assert "Up" in words(page)
    assert integration.token not in text_of(page)
    assert "Send a test ping" not in text_of(page)


def test_its_settings_are_changed_on_its_page(client):
    integration, admin = make_heartbeat(), admin_browser()
    fields = filled(name="Hourly", every="1", every_unit="3600", grace="0")

    admin.post(f"/integrations/{integration.pk}/heartbeat/", fields)

    integration.refresh_from_db()
    assert (integration.name, row(integration).every_seconds) == ("Hourly", 3600)
    assert row(integration).grace_seconds == 0


def test_settings_that_cannot_be_kept_change_nothing():
    integration = make_heartbeat()

    page = admin_browser().post(
        f"/integrations/{integration.pk}/heartbeat/", filled(timing="cron", cron="x")
    )

    assert page.status_code == 422
    assert row(integration).every_seconds == 300


@pytest.mark.parametrize(
    ("action", "after"), [("pause", "paused"), ("resume", "up"), ("ping", "up")]
)
def test_the_buttons_of_the_page(client, action, after):
    integration = make_heartbeat()
    ping(client, integration)

    admin_browser().post(f"/integrations/{integration.pk}/heartbeat/action/", {"do": action})

    assert state(integration) == after


def test_the_buttons_are_for_those_who_administer():
    integration = make_heartbeat()

    answer = browser("Responder").post(
        f"/integrations/{integration.pk}/heartbeat/action/", {"do": "pause"}
    )

    assert answer.status_code == 403
    assert state(integration) == "new"


def test_the_list_shows_state_last_beat_and_next_due(client):
    up, down = make_heartbeat("Up one"), make_heartbeat("Down one", cron="0 3 * * *")
    ping(client, up)
    ping(client, down, "/fail")
    heartbeats.pause_heartbeat(make_heartbeat("Paused one").pk)

    said = words(admin_browser().get(LIST))

    for word in ("Up one", "Every 5 minutes", "Down one", "At 03:00 every day", "Paused"):
        assert word in said


def test_switching_one_in_the_list_leads_back_to_the_list_of_heartbeats():
    integration = make_heartbeat()

    answer = admin_browser().post(
        f"/integrations/{integration.pk}/switch/", {"enabled": "0", "from": "list"}
    )

    assert answer["Location"] == LIST


def test_the_preview_says_a_schedule_in_words_with_its_next_times():
    asked = {"timing": "cron", "cron": "0 3 * * 1-5", "time_zone": "Europe/Berlin"}
    asked |= {"grace": "1", "grace_unit": "60", "every": "", "every_unit": "60"}

    page = admin_browser().get("/integrations/heartbeat-preview/", asked)
    broken = admin_browser().get("/integrations/heartbeat-preview/", asked | {"cron": "x"})

    assert "At 03:00 on Monday through Friday" in words(page)
    assert text_of(page).count("03:00:00 CE") == 3
    assert "no cron expression" in words(broken)


def test_a_plain_beat_has_a_page_without_a_replay(client):
    integration = make_heartbeat()
    ping(client, integration, body="all is well")
    message = integration.messages.get()

    page = admin_browser().get(message.get_absolute_url())

    assert "First ping: monitoring starts." in words(page)
    assert "all is well" in text_of(page)
    assert "Replay dry" not in text_of(page)
