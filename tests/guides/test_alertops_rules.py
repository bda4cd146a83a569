"""AlertOps' feature table, rows 9 to 13 and 16: how a message is read, set as its guide says."""

import pytest

from incidents.models import Alert, Incident
from integrations.models import InboundMessage, Integration
from notifications.models import Notification
from tests.factories import make_integration, make_policy, make_service, make_user
from tests.guides.desk import sit_down
from tests.integrations.posting import log, post, work

pytestmark = pytest.mark.django_db


def panel(integration, name):
    return sit_down(f"/integrations/{integration.pk}/?panel={name}")


def custom():
    """A custom integration, as it stands after SUBMIT."""
    return make_integration("custom", service=make_service(make_policy(make_user("Ana"))))


def set_rules(integration, **fields):
    """Fill in fields of the first panel and save it."""
    page = panel(integration, "rules").fill(**fields).press("Save", "rules")
    assert "saved, from the next message on" in page.text
    integration.refresh_from_db()
    return page


def send(client, integration, *bodies):
    for body in bodies:
        assert post(client, integration, body).status_code == 202
        work()


def ticket(status="New", **fields):
    return {"ticket": {"id": 31, "summary": "No mail", "status": {"name": status}, **fields}}


def set_ticket_rules(integration, **fields):
    known = {
        "source": "Help desk",
        "fields__source_name__0__text": "North",
        "fields__source_name__0__static": "on",
        "fields__source_id__0__text": "ticket^id",
        "fields__status__0__text": "ticket^status^name",
        "fields__subject__0__text": "ticket^summary",
        "conditions__open_when__values": "New",
        "conditions__update_when__operator": "contains",
        "conditions__update_when__values": "Progress",
        "conditions__close_when__values": "Closed\nDone",
    }
    set_rules(integration, **known | fields)


def test_row_09_fields_are_mapped_and_static_makes_a_literal_of_one(client):
    integration = custom()

    set_ticket_rules(integration)
    send(client, integration, ticket())

    message = InboundMessage.objects.get()
    assert (message.source, message.source_name, message.source_id) == ("Help desk", "North", "31")
    assert Incident.objects.get().title == "No mail"


def test_row_09_what_is_no_path_is_refused_beside_its_field_and_nothing_is_lost():
    integration = custom()

    page = panel(integration, "rules").fill(fields__subject__0__text="a..b", source="Desk")
    page = page.press("Save", "rules")

    assert page.answer.status_code == 422
    assert "empty name" in page.text
    assert page.areas["conditions.open_when.values"].split() == [
        "open",
        "firing",
        "problem",
        "down",
    ]
    assert Integration.objects.get().rules["source"] == "Custom"


def test_row_10_carets_walk_nested_json_and_lists(client):
    integration = custom()

    set_ticket_rules(integration, fields__subject__0__text="ticket^checks^0^metric")
    send(client, integration, ticket(checks=[{"metric": "cpu"}, {"metric": "disk"}]))

    assert Incident.objects.get().title == "cpu"


def test_row_11_tokens_in_a_text_are_replaced_by_what_the_message_says(client):
    integration = custom()

    set_ticket_rules(
        integration,
        fields__subject__0__text="Ticket <ticket^id>: <ticket^summary>",
        fields__long_text__0__text="Look at <ticket^summary> & co.",
    )
    send(client, integration, ticket())

    incident = Incident.objects.get()
    assert incident.title == "Ticket 31: No mail"
    assert incident.description == "Look at No mail & co."


def test_row_12_each_outcome_has_a_list_of_values_and_any_of_them_will_do(client):
    integration = custom()

    set_ticket_rules(integration)
    statuses = ["New", "In Progress", "Done", "New", "Closed", "Waiting"]
    send(client, integration, *[ticket(status) for status in statuses])

    assert log() == [
        *("Mapped (opened)", "Mapped (updated)", "Mapped (closed)"),
        *("Mapped (opened)", "Mapped (closed)", "Mapped Ignored"),
    ]


def test_row_13_the_same_trouble_again_is_appended_and_tells_nobody_anew(client):
    integration = custom()

    set_ticket_rules(integration)
    send(client, integration, ticket(), ticket())
    other = ticket()
    other["ticket"]["id"] = 32
    send(client, integration, other, ticket("Closed"), ticket())

    assert log() == [
        *("Mapped (opened)", "Mapped Appended", "Mapped (opened)"),
        *("Mapped (closed)", "Mapped (opened)"),
    ]
    assert [alert.count for alert in Alert.objects.order_by("pk")] == [2, 1, 1]
    triggers = Notification.objects.filter(event="incident.triggered", user__name="Ana")
    assert triggers.exclude(channel="inapp").count() == 3


def test_row_16_all_any_and_not_decide_which_messages_are_taken(client):
    integration = custom()
    set_ticket_rules(integration)

    page = panel(integration, "filters").press("add:filters.all", "filters")
    page = page.fill(
        filters__all__0__path="ticket^team",
        filters__all__0__operator="equals",
        filters__all__0__values="test",
        filters__all__0__negate="on",
    ).press("add:filters.any", "filters")
    page = page.fill(filters__any__0__path="ticket^site", filters__any__0__values="Berlin")
    page = page.press("add:filters.any", "filters")
    page = page.fill(
        filters__any__1__path="ticket^site",
        filters__any__1__operator="matches",
        filters__any__1__values="^Ham",
    )
    page.press("Save", "filters")
    for site, team in [("Berlin", "a"), ("Hamburg", "a"), ("Berlin", "test"), ("Rome", "a")]:
        send(client, integration, ticket(site=site, team=team, id=site + team))

    assert log() == ["Mapped (opened)", "Mapped (opened)", "Mapping Failed", "Mapping Failed"]
