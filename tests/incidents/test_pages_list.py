import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents.actions import respond
from incidents.models import Incident, Topic
from tests.factories import make_alert, make_incident, make_service, make_team
from tests.pages import browser, make_person, words

pytestmark = pytest.mark.django_db


def member_of(service_count=1, role="Responder"):
    """A responder whose team has so many services."""
    person = make_person(role)
    team = make_team(person)
    return person, [make_service(team=team) for _ in range(service_count)]


def numbers(response):
    return [incident.pk for incident in response.context["listing"].incidents]


def test_an_empty_list_says_that_all_is_quiet():
    person, _ = member_of()

    response = browser(person).get("/incidents/")

    assert response.status_code == 200
    assert "No open incidents" in words(response)


def test_without_a_login_there_is_only_the_login():
    response = browser(make_person(is_staff=False)).get("/incidents/")

    assert response.status_code == 302
    assert response["Location"] == "/admin/login/?next=/incidents/"


def test_only_incidents_of_ones_teams_are_listed():
    person, [service] = member_of()
    mine, other = make_incident(service), make_incident()

    response = browser(person).get("/incidents/")

    assert numbers(response) == [mine.pk]
    assert other.title not in words(response)


def test_resolved_incidents_are_shown_when_asked_for():
    person, [service] = member_of()
    over, running = make_incident(service), make_incident(service)
    respond.resolve(over.pk)

    client = browser(person)

    assert numbers(client.get("/incidents/")) == [running.pk]
    assert numbers(client.get("/incidents/?status=resolved")) == [over.pk]
    assert numbers(client.get("/incidents/?status=all")) == [running.pk, over.pk]


def test_filters_narrow_the_list():
    person, services = member_of(2)
    make_incident(services[0], severity="info", urgency="low")
    wanted = make_incident(services[1], title="Replica lags", assignee=person)
    topic, other = (Topic.objects.create(name=name) for name in ("Databases", "Payments"))
    wanted.topics.add(topic, other)

    client = browser(person)
    by = {
        "service": services[1].pk,
        "assignee": "me",
        "topic": topic.pk,
        "severity": "critical",
        "urgency": "high",
        "q": "replica",
    }
    found = {name: numbers(client.get("/incidents/", {name: value})) for name, value in by.items()}

    assert found == {name: [wanted.pk] for name in by}
    assert numbers(client.get("/incidents/", {"q": f"#{wanted.pk}"})) == [wanted.pk]


@pytest.mark.parametrize(
    "query",
    ["status=no", "service=999999", "after=x", "sort=;", "q=%00", "time=9y", "after=" + "9" * 30],
)
def test_a_filter_without_sense_is_no_error(query):
    person, [service] = member_of()
    make_incident(service)

    assert browser(person).get(f"/incidents/?{query}").status_code == 200


@pytest.mark.parametrize("sort", ["newest", "oldest", "changed", "severity"])
def test_pages_follow_each_other_without_gap_or_repetition(sort):
    person, [service] = member_of()
    rows = [
        Incident(service=service, title=f"T{n}", severity=["info", "error", "critical"][n % 3])
        for n in range(95)
    ]
    made = {incident.pk for incident in Incident.objects.bulk_create(rows)}
    client = browser(person)
    seen, after = [], ""

    while after is not None:
        response = client.get("/incidents/", {"sort": sort, "after": after})
        seen += numbers(response)
        after = response.context["listing"].next_after

    assert len(seen) == 95
    assert set(seen) == made


def test_worst_first_begins_with_the_critical():
    person, [service] = member_of()
    for severity in ("info", "critical", "warning", "error"):
        make_incident(service, severity=severity)

    found = browser(person).get("/incidents/?sort=severity").context["listing"].incidents

    assert [i.severity for i in found] == ["critical", "error", "warning", "info"]


def test_markup_in_a_title_is_text():
    person, [service] = member_of()
    make_incident(service, title="<script>alert(1)</script>")

    page = browser(person).get("/incidents/").content.decode()

    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_a_refresh_brings_only_the_rows():
    person, [service] = member_of()
    incident = make_incident(service)

    page = browser(person).get("/incidents/", headers={"HX-Request": "true"}).content.decode()

    assert incident.title in page
    assert "<html" not in page


def test_twenty_incidents_cost_as_many_queries_as_one():
    person, [service] = member_of()
    client = browser(person)
    make_alert(make_incident(service))
    client.get("/incidents/")
    one = count_queries(client)

    for n in range(19):
        make_alert(make_incident(service, assignee=make_person()), key=f"k{n}")

    assert count_queries(client) == one
    assert one <= 22


def count_queries(client):
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/incidents/").status_code == 200
    return len(queries)


def test_several_are_acknowledged_at_once_and_one_refusal_stops_nobody():
    person, [service] = member_of()
    first, over, last = (make_incident(service) for _ in range(3))
    respond.resolve(over.pk)

    client = browser(person)
    chosen = {"do": "acknowledge", "incident": [first.pk, over.pk, last.pk]}
    response = client.post("/incidents/bulk/", chosen, follow=True)

    statuses = Incident.objects.order_by("pk").values_list("status", flat=True)
    assert list(statuses) == ["acknowledged", "resolved", "acknowledged"]
    assert "Acknowledged 2 incidents." in words(response)
    assert "is already resolved" in words(response)


def test_several_are_resolved_or_put_on_hold():
    person, [service] = member_of()
    one, two = make_incident(service), make_incident(service)
    client = browser(person)

    client.post("/incidents/bulk/", {"do": "resolve", "incident": one.pk})
    client.post("/incidents/bulk/", {"do": "snooze:1h", "incident": two.pk})

    statuses = Incident.objects.order_by("pk").values_list("status", flat=True)
    assert list(statuses) == ["resolved", "on_hold"]


def test_incidents_of_other_teams_are_not_touched():
    person, _ = member_of()
    other = make_incident()

    browser(person).post("/incidents/bulk/", {"do": "resolve", "incident": other.pk})

    other.refresh_from_db()
    assert other.status == "open"


def test_a_stakeholder_sees_but_does_not_act():
    person, [service] = member_of(role="Stakeholder")
    incident = make_incident(service)
    client = browser(person)

    answer = client.post("/incidents/bulk/", {"do": "resolve", "incident": incident.pk})

    assert answer.status_code == 403
    page = client.get("/incidents/").content.decode()
    assert incident.title in page
    assert "/acknowledge/" not in page
    assert 'name="do"' not in page


def test_the_way_back_never_leads_out_of_the_portal():
    person, [service] = member_of()
    incident = make_incident(service)
    asked = {"do": "resolve", "incident": incident.pk, "next": "https://evil.example/"}

    answer = browser(person).post("/incidents/bulk/", asked)

    assert answer["Location"] == "/incidents/"


def test_the_box_says_that_it_ticks_what_is_shown():
    person, [service] = member_of()
    for _ in range(45):
        make_incident(service)

    page = browser(person).get("/incidents/")

    assert len(numbers(page)) < 45
    assert "Select all shown" in words(page)
