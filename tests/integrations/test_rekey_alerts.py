"""The rule for the key is changed while alerts are open: their end still closes them."""

import pytest

from incidents.models import Alert, Incident
from integrations.models import InboundMessage, Integration
from integrations.setup import integrations
from notifications.models import Notification
from tests.factories import make_integration, make_policy, make_user
from tests.integrations.pages import admin_browser, text_of
from tests.integrations.posting import log, work
from tests.integrations.test_backtest import RULES, body, changed, dumps, page, send

pytestmark = pytest.mark.django_db


def paging_sender():
    policy = make_policy(make_user())
    return make_integration("custom", rules=RULES, policy=policy)


@pytest.mark.parametrize("key", ["name", "<name> on <host>", {"static": "only one"}])
def test_the_end_closes_what_was_opened_under_the_old_key(client, key):
    integration = paging_sender()
    more = {"name": "nginx", "host": "web-1"}
    send(client, integration, body(1, **more))

    integrations.change_rules(integration.pk, changed(source_id=key))
    send(client, Integration.objects.get(), body(1, "up", **more))

    assert Incident.objects.get().is_resolved
    assert log() == ["Mapped (opened)", "Mapped (closed)"]


def test_a_hundred_repetitions_after_the_change_page_nobody_again(client):
    integration = paging_sender()
    send(client, integration, body(1, name="nginx"))
    told = Notification.objects.count()

    integrations.change_rules(integration.pk, changed(source_id="name"))
    send(client, Integration.objects.get(), *[body(1, name="nginx")] * 100)

    assert (Alert.objects.get().count, Incident.objects.count()) == (101, 1)
    assert Notification.objects.count() == told > 0


def test_what_was_one_alert_by_mistake_no_longer_swallows_others(client):
    integration = paging_sender()
    integrations.change_rules(integration.pk, changed(source_id={"static": "all"}))
    send(client, Integration.objects.get(), body(1), body(2))

    integrations.change_rules(integration.pk, RULES)
    send(client, Integration.objects.get(), body(1), body(2), body(1, "up"))

    first, second = Alert.objects.order_by("pk")
    assert (first.closed_at is not None, second.closed_at) == (True, None)


def test_of_two_that_become_one_the_second_stays_for_people(client):
    integration = paging_sender()
    send(client, integration, body(1, name="x"), body(2, name="x"))

    integrations.change_rules(integration.pk, changed(source_id="name"))
    send(client, Integration.objects.get(), body(2, "up", name="x"))

    assert Alert.objects.open().count() == 1


def test_alerts_that_came_in_one_message_are_all_carried_over(client):
    integration = make_integration("custom", rules={**RULES, "each": ["all"]}, policy=make_policy())
    pair = [body(1, name="a"), body(2, name="b")]
    send(client, integration, {"all": pair})

    integrations.change_rules(integration.pk, changed(source_id="name", each=["all"]))
    send(client, Integration.objects.get(), {"all": [{**one, "state": "up"} for one in pair]})

    assert not Alert.objects.open().exists()


def test_alerts_of_others_are_left_alone(client):
    integration = paging_sender()
    other = make_integration("custom", rules=RULES, service=integration.service)
    send(client, other, body(1, name="x"))
    before = Alert.objects.get().key

    integrations.change_rules(integration.pk, changed(source_id="name"))

    assert Alert.objects.get().key == before


def test_the_page_says_what_is_carried_over_and_what_is_not(client):
    integration = paging_sender()
    send(client, integration, body(1, name="x"), body(2, name="x"), body(3, name="y"))
    InboundMessage.objects.filter(subject="Disk 3").update(body=b"")
    work()

    text = text_of(
        admin_browser().post(page(integration), {"rules": dumps(changed(source_id="name"))})
    )

    assert "The keys of 3 open alerts change with these rules" in text
    assert "One gets its new key" in text
    assert "2 have no unique new key" in text
    incident = Incident.objects.get(title="Disk 2")
    assert f'<a href="/incidents/{incident.pk}/">#{incident.pk}</a>' in text
