"""AlertOps' feature table, rows 14, 15, 17 and 18: who is told when, set as its guide says."""

from datetime import timedelta

import pytest

from incidents.models import Alert, Incident
from integrations.models import InboundMessage
from notifications.models import Notification
from tests.factories import (
    NOON,
    make_integration,
    make_policy,
    make_service,
    make_team,
    make_user,
    minutes,
)
from tests.guides.desk import sit_down
from tests.integrations.posting import FAILURE, RECOVERY, log, post, work
from tests.timers import advance_due

pytestmark = pytest.mark.django_db


def odown():
    return make_integration("odown", service=make_service(make_policy(make_user("Ana"))))


def panel(integration, name, *adds):
    """A panel, after a press on each of these buttons of more rows."""
    page = sit_down(f"/integrations/{integration.pk}/?panel={name}")
    for add in adds:
        page = page.press(add, name)
    return page


def save(page, name, **fields):
    page = page.fill(**fields).press("Save", name)
    assert "saved, from the next message on" in page.text


def arrive(client, integration, *bodies, at=NOON):
    for body in bodies:
        post(client, integration, body)
        InboundMessage.objects.filter(status="pending").update(received_at=at)
        work()


def told():
    rows = Notification.objects.exclude(channel="inapp").exclude(user=None)
    return sorted(rows.values_list("user__name", flat=True))


def failure(number=7, **fields):
    return {**FAILURE, "monitor": {"id": number, "name": f"Shop {number}"}, **fields}


def test_row_14_every_x_alerts_pages_with_the_xth(client):
    integration = odown()
    save(
        panel(integration, "delay"),
        "delay",
        is_delayed="on",
        rule="every_alerts",
        numbers__every_alerts__alerts="3",
    )

    arrive(client, integration, FAILURE, FAILURE)
    before = told()
    arrive(client, integration, FAILURE)

    assert (before, told()) == ([], ["Ana"])


def test_row_14_every_x_minutes_pages_what_is_still_open_then(client):
    integration = odown()
    fields = {"is_delayed": "on", "rule": "minutes", "numbers__minutes__minutes": "10"}
    save(panel(integration, "delay"), "delay", **fields)

    arrive(client, integration, FAILURE, failure(8))
    arrive(client, integration, RECOVERY, at=NOON + minutes(2))
    advance_due(NOON + minutes(10) - timedelta(milliseconds=1))
    before = told()
    advance_due(NOON + minutes(10))

    assert (before, told()) == ([], ["Ana"])
    assert Notification.objects.filter(user__name="Ana").first().incident.title.startswith("Shop 8")


def test_row_14_x_alerts_within_y_minutes_pages_no_slower_trouble(client):
    integration = odown()
    save(
        panel(integration, "delay"),
        "delay",
        is_delayed="on",
        rule="alerts_within",
        numbers__alerts_within__alerts="3",
        numbers__alerts_within__minutes="5",
    )

    for minute in (0, 4, 8):
        arrive(client, integration, FAILURE, at=NOON + minutes(minute))
    slow = told()
    for minute in (9, 10):
        arrive(client, integration, FAILURE, at=NOON + minutes(minute))

    assert (slow, told()) == ([], ["Ana"])


def test_row_14_support_hours_hold_a_page_until_they_begin(client):
    integration = odown()
    days = {f"hours__0__days__{day}": "on" for day in ("mon", "tue")}
    fields = {"is_delayed": "on", "rule": "support_hours", "time_zone": "UTC", **days}
    fields |= {"hours__0__start": "09:00", "hours__0__end": "17:00"}
    save(panel(integration, "delay"), "delay", **fields)
    evening = NOON + timedelta(hours=6)

    arrive(client, integration, FAILURE, at=evening)
    morning = Incident.objects.get().suppressed_until
    before = told()
    advance_due(morning)

    assert (before, told()) == ([], ["Ana"])
    assert morning == NOON + timedelta(hours=21)


def test_row_15_alerts_within_x_minutes_become_one_incident(client):
    integration = odown()
    save(panel(integration, "delay"), "delay", is_grouped="on", group_minutes="10")

    arrive(client, integration, failure(1))
    arrive(client, integration, failure(2), at=NOON + minutes(9))
    arrive(client, integration, failure(3), at=NOON + minutes(11))

    assert (Incident.objects.count(), Alert.objects.count()) == (2, 3)


def test_row_17_another_policy_by_the_time_of_day(client):
    night = make_policy(make_user("Night owl"))
    integration = odown()
    save(
        panel(integration, "overrides", "add:overrides"),
        "overrides",
        overrides__0__days__mon="on",
        overrides__0__start="18:00",
        overrides__0__end="08:00",
        overrides__0__target=f"policy:{night.pk}",
    )

    arrive(client, integration, failure(1), at=NOON)
    by_day = told()
    arrive(client, integration, failure(2), at=NOON + timedelta(hours=10))

    assert (by_day, told()) == (["Ana"], ["Ana", "Night owl"])


def test_row_17_another_policy_by_what_the_message_says(client):
    database = make_policy(make_user("Dee"))
    integration = odown()
    save(
        panel(integration, "overrides", "add:overrides"),
        "overrides",
        overrides__0__when__path="monitor^name",
        overrides__0__when__operator="matches",
        overrides__0__when__values="^Shop [89]$",
        overrides__0__target=f"policy:{database.pk}",
    )

    arrive(client, integration, failure(7), failure(8))

    assert told() == ["Ana", "Dee"]


def test_row_18_groups_are_added_by_what_the_message_says(client):
    team, other = make_team(make_user("Bo")), make_team(make_user("Chen"))
    integration = odown()
    page = panel(integration, "groups", "add:groups").fill(
        groups__0__when__path="monitor^name",
        groups__0__when__operator="contains",
        groups__0__when__values="Shop",
        groups__0__team=str(team.pk),
    )
    save(
        page.press("add:groups", "groups"),
        "groups",
        groups__1__when__path="monitor^name",
        groups__1__when__operator="matches",
        groups__1__when__values="^Stock",
        groups__1__team=str(other.pk),
    )

    arrive(client, integration, failure(7))

    assert told() == ["Ana", "Bo"]
    assert log() == ["Mapped (opened)"]
