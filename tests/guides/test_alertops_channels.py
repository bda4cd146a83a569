"""AlertOps' feature table, rows 20 to 22 and 50: the other channels, and maintenance windows."""

import pytest
from django.utils import timezone

from incidents.models import Incident
from integrations.models import Integration
from notifications.models import Notification
from tests.factories import make_integration, make_policy, make_service, make_user, minutes
from tests.guides.desk import sit_down
from tests.integrations.chats import SLACK_SECRET, make_member, post_slack, slash
from tests.integrations.heartbeats import alarm, ping, state
from tests.integrations.mails import deliver, mail
from tests.integrations.posting import FAILURE, log, post, work
from tests.timers import advance_due

pytestmark = pytest.mark.django_db
DOMAIN = "opsportal.test"


@pytest.fixture(autouse=True)
def domain(settings):
    settings.INBOUND_MAIL_DOMAIN = DOMAIN


def service():
    return make_service(make_policy(make_user("Ana"))).pk


def mailbox(name, **fields):
    """A saved integration of the channel Email, added from the list."""
    page = sit_down("/integrations/?channel=email").follow("Add Email")
    page = page.fill(name=name, service=service(), mailbox="ops", **fields).press("SUBMIT")
    return page, Integration.objects.latest("pk")


def come(*mails):
    for raw in mails:
        deliver(raw)
        work()


def test_row_20_with_the_switch_on_every_mail_opens():
    page, _ = mailbox("All mails", every_mail_opens="on")

    come(mail(subject="Backup failed"), mail(subject="Disk full"))

    assert f"ops@{DOMAIN}" in page.source
    assert log() == ["Mapped (opened)", "Mapped (opened)"]
    assert set(Incident.objects.values_list("title", flat=True)) == {"Backup failed", "Disk full"}


def test_row_20_name_and_id_are_cut_out_between_tags_and_words_decide_the_action():
    mailbox(
        "By tags",
        every_mail_opens=None,
        name_where="text",
        name_after="Host: ",
        id_where="subject",
        id_after="[",
        id_before="]",
        open_words="PROBLEM",
        update_words="UPDATE",
        close_words="RECOVERY",
    )

    come(
        mail("Host: web-1", subject="PROBLEM [disk]"),
        mail("Host: web-1", subject="PROBLEM [disk]"),
        mail("Host: web-2", subject="PROBLEM [disk]"),
        mail("Host: web-1", subject="UPDATE [disk]"),
        mail("Host: web-1", subject="RECOVERY [disk]"),
        mail("Host: web-1", subject="Lunch [disk]"),
    )

    assert log() == [
        *("Mapped (opened)", "Mapped Appended", "Mapped (opened)"),
        *("Mapped (updated)", "Mapped (closed)", "Mapped Ignored"),
    ]


def test_row_20_several_integrations_share_one_mailbox_and_filters_decide():
    _, first = mailbox("Databases", every_mail_opens="on")
    _, second = mailbox("The rest", every_mail_opens="on", sequence="1")

    page = sit_down(f"/integrations/{first.pk}/?panel=filters").press("add:filters.all", "filters")
    page.fill(
        filters__all__0__path="subject",
        filters__all__0__operator="contains",
        filters__all__0__values="db-",
    ).press("Save", "filters")
    come(mail(subject="db-1 is slow"), mail(subject="web-1 is slow"))

    took = Incident.objects.order_by("pk").values_list("service", flat=True)
    assert list(took) == [first.service_id, second.service_id]


def heartbeat(**fields):
    page = sit_down("/integrations/?channel=heartbeat").follow("Add heartbeat")
    page = page.fill(name="Nightly backup", service=service(), every="5", **fields)
    return page.press("SUBMIT"), Integration.objects.latest("pk")


def test_row_22_a_miss_is_one_alert_and_the_next_beat_closes_it(client):
    page, integration = heartbeat()

    assert integration.url in page.source
    ping(client, integration)
    up = state(integration)
    alarm(integration)
    work()
    missed = state(integration)
    ping(client, integration)
    work()

    assert (up, missed, state(integration)) == ("up", "down", "up")
    assert Incident.objects.get().status == "resolved"
    assert paged() == 1


def test_row_22_a_beat_may_be_posted_as_json_to_its_url(client):
    _, integration = heartbeat()
    path = integration.url.partition("//")[2].partition("/")[2]

    answer = client.post(f"/{path}", {"job": "backup"}, content_type="application/json")

    assert answer.status_code in (200, 202)
    assert state(integration) == "up"


def test_row_22_each_is_timed_by_itself(client):
    _, one = heartbeat()
    _, other = heartbeat()

    ping(client, one)
    ping(client, other)
    alarm(one)
    work()

    assert (state(one), state(other)) == ("down", "up")


def test_row_21_slack_opens_an_incident_for_a_person_who_is_known(client):
    page = sit_down("/integrations/?channel=chat").follow("Add Chat")
    if "Slack" not in page.text.partition("Basic Settings")[0]:
        page = page.follow("Slack")
    page = page.fill(service=service()).press("SUBMIT")
    integration = Integration.objects.get()
    page = page.fill(secret=SLACK_SECRET).press("Save the secret")

    stranger = post_slack(client, integration, slash("The shop is down"))
    make_member("slack")
    opened = post_slack(client, integration, slash("The shop is down"))
    work()

    assert f"/chat/slack/{integration.token}/" in page.source
    assert "/me/chat/link/" in stranger.json()["text"]
    assert opened.json()["response_type"] == "in_channel"
    incident = Incident.objects.get()
    assert (incident.title, incident.service) == ("The shop is down", integration.service)


def test_row_50_in_a_window_alerts_are_kept_and_page_nobody_until_it_ends(client):
    integration = make_integration(service=make_service(make_policy(make_user("Ana"))))
    now = timezone.now().replace(second=0, microsecond=0)
    page = (
        sit_down("/maintenance/")
        .follow("Add window")
        .fill(
            name="Upgrade",
            integrations=[integration.pk],
            recurrence="once",
            time_zone="UTC",
            starts=f"{now - minutes(5):%Y-%m-%dT%H:%M}",
            ends=f"{now + minutes(60):%Y-%m-%dT%H:%M}",
        )
    )
    page = page.press("Create")

    post(client, integration, FAILURE)
    work()
    before, current = paged(), sit_down("/maintenance/?tab=current")
    advance_due(now + minutes(60))

    assert log() == ["Mapped (suppressed)"]
    assert Incident.objects.get().alerts.get().suppressed_by == "Upgrade"
    assert (before, paged()) == (0, 1)
    assert "Upgrade" in current.text


def test_row_50_windows_are_listed_by_tab_and_recur():
    page = sit_down("/maintenance/add/")

    tabs = sit_down("/maintenance/")

    for word in ("CURRENT", "PLANNED", "PAST", "ALL"):
        assert word in tabs.text.upper()
    for word in ("Once", "Daily", "Weekly", "Monthly"):
        assert word in page.labels()


def paged():
    """How often people were told, the bell of the portal left aside."""
    rows = Notification.objects.filter(event="incident.triggered").exclude(channel="inapp")
    return rows.exclude(user=None).count()
