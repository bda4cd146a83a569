"""Forwarding as people set it, and the report: by page and by API."""

from datetime import timedelta

import pytest
from django.utils import timezone

from incidents.errors import InvalidRequest
from integrations.forwarding.report import compare
from integrations.models import Forward, InboundMessage, Integration
from integrations.setup import edit, forwarding
from tests.api import owner
from tests.factories import make_integration
from tests.integrations.pages import admin_browser, text_of
from tests.integrations.posting import enqueue, event, post_event, work

pytestmark = pytest.mark.django_db
SECRET = "0123456789abcdef-theirs"
ADDRESS = "https://me:s3cret-path@old.example/hooks/s3cret-path"


def in_days(number):
    return timezone.now() + timedelta(days=number)


def make_forwarded(template="events-api-v2", address="https://old.example", **fields):
    integration = make_integration(template)
    return forwarding.change_forwarding(integration.pk, address=address, until=in_days(7), **fields)


def answered(message, **fields):
    fields = {"status": 202, "is_taken": True, **fields}
    Forward.objects.filter(message=message).update(state="answered", request={}, **fields)


def test_an_admin_sets_it_and_neither_address_nor_key_is_shown_again():
    integration, client = make_integration("events-api-v2"), admin_browser()
    page = f"/integrations/{integration.pk}/"
    fields = {"forward_address": ADDRESS, "forward_key": SECRET}
    until = f"{in_days(3):%Y-%m-%dT%H:%M}"

    client.post(f"{page}forward/", {**fields, "forward_until": until})
    shown = text_of(client.get(page))
    row = Integration.objects.get()

    assert (row.forward_address, row.forward_key) == (ADDRESS, SECRET)
    assert "old.example" in shown
    assert "s3cret-path" not in shown
    assert SECRET not in shown

    client.post(f"{page}forward/", {"forward_until": until, "removes_key": "on"})
    row.refresh_from_db()
    assert (row.forward_address, row.forward_key) == (ADDRESS, "")

    client.post(f"{page}forward/stop/")
    row.refresh_from_db()
    assert (row.forward_address, row.forward_until) == ("", None)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"forward_address": "ftp://old.example"}, "forward_address"),
        ({"forward_address": ""}, "forward_address"),
        ({"forward_until": "2020-01-01T00:00"}, "forward_until"),
        ({"forward_until": f"{in_days(500):%Y-%m-%dT%H:%M}"}, "forward_until"),
        ({"forward_key": "two words"}, "forward_key"),
    ],
)
def test_what_cannot_work_is_said_at_its_field(fields, field):
    integration = make_integration("events-api-v2")
    good = {"forward_address": ADDRESS, "forward_until": f"{in_days(3):%Y-%m-%dT%H:%M}"}

    answer = admin_browser().post(f"/integrations/{integration.pk}/forward/", {**good, **fields})

    assert answer.status_code == 422
    assert set(answer.context["forwarding_form"].errors) == {field}
    assert not Integration.objects.exclude(forward_address="").exists()


def test_the_portal_itself_and_other_channels_are_refused(settings):
    settings.SITE_URL = "https://pager.example"
    integration = make_integration("events-api-v2")

    with pytest.raises(InvalidRequest, match="this portal"):
        forwarding.change_forwarding(
            integration.pk, address="https://me@pager.example/v2/enqueue", until=in_days(1)
        )
    Integration.objects.update(kind=Integration.Kind.EMAIL)
    with pytest.raises(InvalidRequest, match="only what tools post"):
        forwarding.change_forwarding(integration.pk, address=ADDRESS, until=in_days(1))


def test_a_clone_is_not_forwarded_and_the_start_stays_where_the_end_is_moved():
    integration = make_forwarded()
    longer = forwarding.change_forwarding(integration.pk, until=in_days(30))

    assert longer.forward_since == integration.forward_since
    assert edit.clone_integration(integration.pk).forward_until is None


def test_the_report_lists_what_differs_and_the_message_shows_the_answer(client):
    integration = make_forwarded()
    for key in ("same", "refused", "other", "lost"):
        enqueue(client, integration, event(key=key))
    client.post("/v2/enqueue", {"routing_key": integration.token}, content_type="application/json")
    enqueue(client, integration, event(key="waits"))
    work()
    same, refused, other, lost, bad, _ = InboundMessage.objects.order_by("pk")
    answered(same, answer_key="same")
    answered(refused, status=400, is_taken=False, answer='{"errors": ["quota"]}')
    answered(other, answer_key="made-there")
    answered(bad)
    Forward.objects.filter(message=lost).delete()
    InboundMessage.objects.filter(pk=lost.pk).update(received_at=in_days(-1))
    Integration.objects.update(forward_since=in_days(-2))

    admin = admin_browser()
    shown = text_of(admin.get(f"/integrations/{integration.pk}/forwards/"))
    report = compare(Integration.objects.get(), in_days(-3), in_days(1), timezone.now())

    assert (report.same, report.compared, report.under_way) == (1, 5, 1)
    assert [(row.message.pk, row.difference) for row in report.rows] == [
        (bad.pk, "refused_here"),
        (lost.pk, "not_reached"),
        (other.pk, "other_key"),
        (refused.pk, "refused_there"),
    ]
    assert "1 of 5 messages went the same way." in shown
    assert "quota" in shown
    assert "quota" in text_of(admin.get(f"/inbound-log/{refused.pk}/"))
    assert "Old pager" not in text_of(admin.get(f"/inbound-log/{lost.pk}/"))


def test_what_the_old_pager_sent_here_itself_is_no_difference(client):
    integration = make_forwarded()
    marked = {"X-OpsPortal-Forwarded": "1"}
    body = {**event(), "routing_key": integration.token}
    client.post("/v2/enqueue", body, content_type="application/json", headers=marked)
    work()
    InboundMessage.objects.update(received_at=in_days(-1))
    Integration.objects.update(forward_since=in_days(-2))

    report = compare(Integration.objects.get(), in_days(-3), in_days(1), timezone.now())

    assert InboundMessage.objects.get().action == "opened"
    assert (report.compared, report.rows) == (0, [])


def test_by_the_api_it_is_set_reported_and_stopped(client):
    integration, api = make_integration("events-api-v2"), owner()
    url = f"/api/v1/integrations/{integration.pk}/"
    fields = {"forward_address": ADDRESS, "forward_key": SECRET, "forward_until": in_days(3)}

    row = api.patch(url, fields, format="json").json()
    assert (row["forward_host"], row["has_forward_key"]) == ("old.example", True)
    assert row["forward_since"]
    assert SECRET not in str(row)
    assert "s3cret-path" not in str(row)

    integration.refresh_from_db()
    post_event(client, integration, event())
    message = InboundMessage.objects.get()
    answered(message, status=403, is_taken=False, answer="no", attempts=1)
    report = api.get(f"{url}forwards/").json()
    assert (report["compared"], report["counts"]["refused_there"]) == (1, 1)
    [difference] = report["differences"]
    assert (difference["message"], difference["forward"]["status"]) == (message.pk, 403)
    assert api.get(f"/api/v1/inbound-messages/{message.pk}/").json()["forward"]["answer"] == "no"
    assert api.get(f"{url}forwards/?from=2020-01-01T00:00:00Z&to=soon").status_code == 400

    again = {"name": "Renamed", "forward_until": row["forward_until"]}
    assert api.patch(url, again, format="json").json()["forward_since"] == row["forward_since"]
    assert api.patch(url, {"forward_until": None}, format="json").json()["forward_since"] is None
    assert api.patch(url, {"forward_until": None}, format="json").status_code == 200
    assert api.patch(url, {"forward_key": "k"}, format="json").status_code == 400
    assert api.post(f"{url}stop_forwarding/").json()["forward_until"] is None
