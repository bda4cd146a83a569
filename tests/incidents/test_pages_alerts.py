"""The list of alerts."""

from datetime import timedelta

import pytest
from django.utils import timezone

from incidents import alert_listing
from incidents.models import Alert
from tests.factories import make_alert, make_incident, make_service, make_team, make_user
from tests.integrations.pages import browser as in_role
from tests.pages import browser, make_person, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner():
    return make_person("Owner")


def make(key="k", **fields):
    return make_alert(make_incident(fields.pop("service", None)), key, **fields)


def shown(client, query=""):
    """The titles of the list, in order."""
    return [alert.title for alert in client.get(f"/alerts/{query}").context["page"].rows]


def test_an_alert_stands_there_with_where_it_came_from_and_links(owner):
    alert = make(
        title="Disk full",
        source="Nagios",
        source_name="db-1",
        source_status="CRITICAL",
        count=7,
    )

    response = browser(owner).get("/alerts/")
    page, source = words(response), response.content.decode()

    for word in ("Disk full", "Nagios", "db-1", "CRITICAL", "Open", " 7 "):
        assert word in page
    assert f'href="/incidents/{alert.incident_id}/#alert-{alert.pk}"' in source
    assert f">#{alert.incident_id}</a>" in source
    assert f'href="/inbound-log/?alert={alert.pk}"' in source
    assert "Source Name" in page


def test_the_menu_leads_to_the_alerts_beside_the_incidents(owner):
    page = words(browser(owner).get("/"))

    assert page.index("Incidents") < page.index("Alerts") < page.index("Changes")


def test_only_open_alerts_are_shown_until_others_are_asked_for(owner):
    make("a", title="Still there")
    make("b", title="Over", closed_at=timezone.now())
    client = browser(owner)

    assert shown(client) == ["Still there"]
    assert shown(client, "?status=closed") == ["Over"]
    assert shown(client, "?status=all") == ["Over", "Still there"]
    assert shown(client, "?status=nonsense") == ["Still there"]


@pytest.mark.parametrize(
    "query",
    [
        "?q=disk",
        "?q=FULL disk",
        "?q=nagios",
        "?q=db-1",
        "?q=check/7",
        "?severity=warning",
        "?source=nag",
        "?source_name=db-1",
        "?time=1h",
        "?service={service}",
        "?incident={incident}",
        "?q=%23{incident}",
        "?q={pk}",
    ],
)
def test_a_filter_narrows_the_list(owner, query):
    long_ago = timezone.now() - timedelta(days=3)
    make("other", title="Other", source="Zabbix", source_name="web", opened_at=long_ago)
    alert = make(
        "one",
        title="Disk full",
        severity="warning",
        source="Nagios",
        source_name="db-1",
        source_id="check/7",
    )
    named = {"service": alert.service_id, "incident": alert.incident_id, "pk": alert.pk}

    assert shown(browser(owner), query.format(**named)) == ["Disk full"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?q=nothing", "No open alert matches search “nothing”."),
        ("?severity=critical&status=all", "No alert matches severity critical."),
        ("?source=Nagios&time=1h", "No open alert matches Source “Nagios”, time last hour."),
        ("?incident=1", "No open alert matches incident #1."),
        ("", "Only open alerts are shown."),
        ("?status=closed", "Only closed alerts are shown."),
        ("?status=all", "No alerts yet"),
        ("?before=1", "No older alerts"),
    ],
)
def test_an_empty_list_says_what_hides_alerts(owner, query, said):
    assert said in words(browser(owner).get(f"/alerts/{query}"))


def test_pages_follow_one_another_without_a_gap(owner, monkeypatch):
    monkeypatch.setattr(alert_listing, "PAGE_SIZE", 3)
    incident = make_incident()
    wanted = [make_alert(incident, f"k{i}", title=f"Alert {i}").title for i in range(7)][::-1]
    client, found, query = browser(owner), [], ""
    while True:
        response = client.get(f"/alerts/{query}")
        found += [alert.title for alert in response.context["page"].rows]
        if (older := response.context["page"].older) is None:
            break
        query = f"?before={older}"
        assert "Older" in words(response)

    assert found == wanted


def test_a_search_that_reached_its_bound_says_so_and_goes_on(owner, monkeypatch):
    monkeypatch.setattr(alert_listing, "SEARCH_SIZE", 4)
    incident = make_incident()
    make_alert(incident, "old", title="Wanted")
    newer = [make_alert(incident, f"k{i}", title="Noise") for i in range(4)]
    client = browser(owner)

    first = client.get("/alerts/?q=wanted")
    older = first.context["page"].older

    assert "No results so far" in words(first)
    assert "search “wanted”" in words(first)
    assert older == newer[0].pk
    assert shown(client, f"?q=wanted&before={older}") == ["Wanted"]


def test_who_sees_no_incident_sees_no_alert_and_is_told_so():
    make(title="Of another team")
    client = in_role("Responder")
    service = make_service(team=make_team(client.user))
    make(title="Of mine", service=service)
    stranger = browser(make_person("Responder"))

    assert shown(client) == ["Of mine"]
    assert shown(stranger) == []
    assert "You are in no team" in words(stranger.get("/alerts/"))


def test_links_to_messages_are_for_who_may_read_the_log(owner):
    make(title="Disk full")
    plain = browser(make_user(is_staff=True))

    assert "Messages of alert" in browser(owner).get("/alerts/").content.decode()
    assert "Messages of alert" not in plain.get("/alerts/").content.decode()


def test_strangers_are_led_to_the_login(client):
    assert client.get("/alerts/").status_code == 302


def test_a_longer_list_needs_no_more_queries(owner, django_assert_max_num_queries):
    client, incident = browser(owner), make_incident()
    make_alert(incident, "a")
    with django_assert_max_num_queries(60) as few:
        client.get("/alerts/")
    Alert.objects.bulk_create(
        Alert(incident=incident, service=incident.service, key=f"k{i}", title="x")
        for i in range(49)
    )
    with django_assert_max_num_queries(60) as many:
        assert len(shown(client)) == 50

    assert len(many) == len(few)
