"""The Inbound Log and one message of it."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from incidents.models import Incident
from integrations.models import InboundMessage
from integrations.pages.log import queries as log
from tests.factories import (
    make_alert,
    make_incident,
    make_integration,
    make_policy,
    make_service,
    make_team,
)
from tests.integrations.pages import admin_browser, browser, text_of

pytestmark = pytest.mark.django_db

COLUMNS = [
    "Message ID",
    "Date Received",
    "Date Processed",
    "Source",
    "Source Name",
    "Source Identifier",
    "Subject",
    "Integration Name",
    "Mapping Status",
    "Reason",
    "Incident",
]


def make_message(integration=None, body=None, **fields):
    integration = integration or make_integration("custom", service=make_service(make_policy()))
    body = body if isinstance(body, bytes) else json.dumps(body or {"title": "x"}).encode()
    fields = {"status": "mapped", "action": "opened", "route": "POSTAlert", **fields}
    return InboundMessage.objects.create(
        integration=integration,
        service=integration.service,
        body=body,
        body_digest="d",
        content_type=fields.pop("content_type", "application/json"),
        **fields,
    )


def shown(client, query=""):
    return [row.pk for row in client.get(f"/inbound-log/{query}").context["page"].rows]


def test_an_empty_log_says_what_it_is_for():
    assert "No messages yet" in text_of(admin_browser().get("/inbound-log/"))


def test_the_log_has_the_columns_of_its_specification():
    make_message()

    page = text_of(admin_browser().get("/inbound-log/"))

    assert [column for column in COLUMNS if f">{column}</th>" not in page] == []
    assert "Mapped (opened)" in page


def test_an_incident_that_one_may_not_see_is_a_number_and_no_link():
    incident = make_incident()
    make_message(incident=incident)

    elsewhere = text_of(admin_browser().get("/inbound-log/"))
    everywhere = text_of(browser("Owner").get("/inbound-log/"))

    assert f'href="/incidents/{incident.pk}/"' not in elsewhere
    assert f"#{incident.pk}" in elsewhere
    assert f'href="/incidents/{incident.pk}/"' in everywhere


def test_the_newest_message_comes_first():
    first, second = make_message(), make_message()

    assert shown(admin_browser()) == [second.pk, first.pk]


def test_each_filter_narrows_the_log():
    kept = make_message(status="failed", action="", subject="Disk is full")
    make_message(received_at=timezone.now() - timedelta(days=2))
    client = admin_browser()

    for query in (
        "?status=failed",
        f"?integration={kept.integration_id}",
        f"?service={kept.service_id}",
        "?span=hour",
        "?q=DISK+full",
        f"?q={kept.pk}",
    ):
        assert shown(client, query) == [kept.pk], query


@pytest.mark.parametrize("query", ["?status=zz&span=zz&integration=x&before=-1", "?q=%00a"])
def test_a_filter_that_means_nothing_breaks_nothing(query):
    make_message(subject="a")

    assert len(shown(admin_browser(), query)) == 1


def test_pages_follow_each_other_without_gap_or_overlap(monkeypatch):
    monkeypatch.setattr(log, "PAGE_SIZE", 2)
    integration = make_integration()
    numbers = [make_message(integration).pk for _ in range(5)]
    client = admin_browser()

    pages, query = [], ""
    while query is not None:
        page = client.get(f"/inbound-log/{query}").context["page"]
        pages += [row.pk for row in page.rows]
        query = f"?before={page.older}" if page.older else None

    assert pages == numbers[::-1]


def test_a_search_stops_after_a_stretch_and_goes_on_when_asked(monkeypatch):
    monkeypatch.setattr(log, "SEARCH_SIZE", 3)
    integration = make_integration()
    wanted = make_message(integration, subject="needle")
    for _ in range(5):
        make_message(integration, subject="hay")
    client = admin_browser()

    first = client.get("/inbound-log/?q=needle").context["page"]
    second = client.get(f"/inbound-log/?q=needle&before={first.older}").context["page"]

    assert first.rows == []
    assert first.searched_to
    assert [row.pk for row in second.rows] == [wanted.pk]


def test_the_log_is_neither_counted_nor_read_with_its_bodies(django_assert_max_num_queries):
    make_message()
    client = admin_browser()

    with django_assert_max_num_queries(20) as captured:
        client.get("/inbound-log/")

    asked = [q["sql"] for q in captured if "integrations_inboundmessage" in q["sql"]]
    assert asked
    assert not [sql for sql in asked if "COUNT(" in sql or '."body"' in sql]


def test_a_longer_log_needs_no_more_queries(django_assert_max_num_queries):
    client = admin_browser()
    make_message()

    def queries():
        with django_assert_max_num_queries(40) as captured:
            client.get("/inbound-log/")
        return len(captured)

    few = queries()
    for _ in range(19):
        make_message()

    assert queries() == few


def test_a_refresh_answers_the_rows_alone():
    make_message(subject="Shown")

    page = text_of(admin_browser().get("/inbound-log/", headers={"HX-Request": "true"}))

    assert "Shown" in page
    assert "<html" not in page


def test_others_see_only_messages_of_their_services():
    client = browser("Responder")
    mine = make_integration(service=make_service(team=make_team(client.user)))
    visible, hidden = make_message(mine), make_message()

    assert shown(client) == [visible.pk]
    assert client.get(f"/inbound-log/{hidden.pk}/").status_code == 404


def test_a_body_is_shown_as_text_and_never_executed():
    message = make_message(body={"title": "<script>alert(1)</script>"}, subject="<b>bold</b>")
    client = admin_browser()

    for url in ("/inbound-log/", message.get_absolute_url()):
        page = text_of(client.get(url))
        assert "<script>alert(1)" not in page
        assert "<b>bold" not in page


def test_secrets_of_a_message_are_masked():
    integration = make_integration("custom")
    body = {
        "password": "hunter2-hunter2",
        "nested": [{"api_key": "k-123456789"}],
        "link": "https://user:pass-in-url@host/",
        "text": f"posted to {integration.url}",
    }
    headers = {"authorization": "Bearer abcdefgh", "x-api-key": "header-key", "x-plain": "shown"}
    message = make_message(integration, body, headers=headers, query="token=query-token&a=b")

    page = text_of(admin_browser().get(message.get_absolute_url()))

    for secret in ("hunter2", "k-123456789", "pass-in-url", "abcdefgh", "header-key"):
        assert secret not in page
    assert "query-token" not in page
    assert integration.token not in page
    assert "shown" in page


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (bytes(range(256)), "application/octet-stream"),
        (b'{"broken": ', "application/json"),
        (b"", "application/json"),
        (b"a=1&b=2", "application/x-www-form-urlencoded"),
        (b'{"n": 1e999, "s": "\\ud800", "z": "\\u0000"}', "application/json"),
        (b"[" * 2000, "application/json"),
        (b'"' + b"x" * 900_000 + b'"', "application/json"),
    ],
)
def test_any_body_can_be_looked_at(body, content_type):
    message = make_message(body=body, content_type=content_type)

    answer = admin_browser().get(message.get_absolute_url())

    assert answer.status_code == 200
    assert len(answer.content) < 1_500_000


def test_a_message_whose_integration_is_gone_can_be_looked_at():
    message = make_message()
    message.integration.delete()

    page = text_of(admin_browser().get(message.get_absolute_url()))

    assert "Its integration is gone" in page
    assert "Replay dry" not in page


def test_a_dry_replay_says_what_would_happen_and_changes_nothing():
    message = make_message(body={"title": "Down", "id": "1", "status": "open"})

    answer = admin_browser().post(f"/inbound-log/{message.pk}/replay/", {"do": "dry"})

    assert answer.context["dry"][0].result == "opened"
    assert "Nothing was changed" in text_of(answer)
    assert not Incident.objects.exists()
    assert InboundMessage.objects.count() == 1


def test_a_real_replay_is_a_new_message_that_points_at_the_old_one():
    message = make_message(body={"title": "Down", "id": "1", "status": "open"})

    answer = admin_browser().post(f"/inbound-log/{message.pk}/replay/", {"do": "real"}, follow=True)

    new = InboundMessage.objects.exclude(pk=message.pk).get()
    assert new.replay_of == message
    assert new.incident == Incident.objects.get()
    assert f"/inbound-log/{message.pk}/" in text_of(answer)


def test_replay_needs_the_entitlement():
    client = browser("Responder")
    mine = make_integration(service=make_service(team=make_team(client.user)))
    message = make_message(mine)

    assert client.post(f"/inbound-log/{message.pk}/replay/", {"do": "real"}).status_code == 403
    assert InboundMessage.objects.count() == 1


def test_the_log_shows_the_messages_of_one_alert_and_says_so():
    one, two = make_alert(make_incident(), "a"), make_alert(make_incident(), "b")
    first = make_message(alert=one, incident=one.incident)
    second = make_message(alert=two, incident=two.incident)
    client = admin_browser()

    response = client.get(f"/inbound-log/?alert={one.pk}")
    of_incident = client.get(f"/inbound-log/?incident={two.incident_id}")
    none = text_of(client.get("/inbound-log/?alert=999999"))

    assert [row.pk for row in response.context["page"].rows] == [first.pk]
    assert f"Messages of alert {one.pk}" in " ".join(text_of(response).split())
    assert f'name="alert" value="{one.pk}"' in text_of(response)
    assert [row.pk for row in of_incident.context["page"].rows] == [second.pk]
    assert "No message matches these filters." in none
