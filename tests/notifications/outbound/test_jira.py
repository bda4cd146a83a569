"""Jira: a ticket is opened once, and both sides keep the same status without going in a circle."""

import pytest

from incidents.actions import respond
from notifications.actions import outbound
from notifications.models import OutboundDelivery, Ticket
from tests.factories import make_user
from tests.notifications.outbound.fakes import BACK, DONE, START, Jira
from tests.notifications.outbound.world import (
    go_on,
    later,
    lines,
    make_jira,
    make_system,
    open_incident,
    states,
)

pytestmark = pytest.mark.django_db
SECRET = "a-secret-of-jira"


@pytest.fixture
def jira(receiver):
    return Jira(receiver)


@pytest.fixture
def opened(jira):
    """An incident with its ticket, in a Jira that may do everything to it."""
    service = make_jira(
        jira,
        resolves=True,
        reopens=True,
        acknowledges=True,
        sends_comments=True,
        takes_comments=True,
    )
    incident = open_incident()
    outbound.open_ticket(service, incident.pk)
    go_on()
    return Ticket.objects.get()


def tell(client, ticket, body_and_headers):
    body, headers = body_and_headers
    url = f"/callbacks/tickets/{ticket.service.token}/"
    return client.post(url, body, content_type="application/json", headers=headers)


def status_of(jira):
    return jira.tickets[0]["fields"]["status"]["name"]


def test_a_ticket_is_opened_with_its_link_both_ways_and_who_asked_for_it(jira):
    ana, service, incident = make_user(), make_jira(jira), open_incident("Disk full on db-1")

    outbound.open_ticket(service, incident.pk, by=ana, via="web")
    go_on()

    ticket, fields = Ticket.objects.get(), jira.tickets[0]["fields"]
    assert (ticket.key, ticket.external_id) == ("OPS-1", "10001")
    assert ticket.url == f"{jira.url}/browse/OPS-1"
    assert fields["project"] == {"key": "OPS"}
    assert fields["summary"] == f"#{incident.pk} Disk full on db-1"
    assert fields["labels"] == ["opsportal", ticket.marker]
    assert jira.links[0]["object"]["url"].endswith(f"/incidents/{incident.pk}/")
    line = incident.timeline.get(verb="ticket_opened")
    assert (line.by, line.via, line.facts["url"]) == (ana, "web", ticket.url)


def test_a_second_click_opens_no_second_ticket(jira):
    service, incident = make_jira(jira), open_incident()

    for _ in range(2):
        outbound.open_ticket(service, incident.pk)
    go_on()
    outbound.open_ticket(service, incident.pk)
    go_on()

    assert len(jira.tickets) == 1
    assert states() == [("create", "sent")]


def test_what_may_have_arrived_is_looked_for_before_it_is_asked_for_again(jira):
    service, incident = make_jira(jira), open_incident()
    jira.drops = 1

    outbound.open_ticket(service, incident.pk)
    go_on()
    assert states() == [("create", "waiting")]
    later()

    assert [one["key"] for one in jira.tickets] == ["OPS-1"]
    assert Ticket.objects.get().key == "OPS-1"


def test_a_search_that_lags_is_asked_twice_before_another_ticket_is_opened(jira):
    service, incident = make_jira(jira), open_incident()
    jira.drops, jira.is_findable = 1, False
    outbound.open_ticket(service, incident.pk)
    go_on()

    later()
    assert len(jira.tickets) == 1
    jira.is_findable = True
    later()

    assert [one["key"] for one in jira.tickets] == ["OPS-1"]
    assert Ticket.objects.get().key == "OPS-1"


def test_what_was_refused_has_not_arrived_and_fails_in_jiras_words(jira):
    service, incident = make_jira(jira), open_incident()
    service.config = {**service.config, "issue_type": "Outage"}
    service.save()

    outbound.open_ticket(service, incident.pk)
    go_on()

    assert states() == [("create", "failed")]
    (text,) = lines(incident, "outbound_failed")
    assert "issuetype: The type is not known." in text
    assert not Ticket.objects.get().is_in_doubt


def test_wrong_credentials_are_tried_again_and_stand_in_no_log(jira):
    service, incident = make_jira(jira), open_incident()
    service.config = {**service.config, "token": "wr0ng-token"}
    service.save()

    outbound.open_ticket(service, incident.pk)
    go_on()

    row = OutboundDelivery.objects.get()
    assert row.state == "waiting"
    assert "answered 401" in row.error
    texts = [one.request + one.answer for one in row.exchanges.all()]
    assert len(texts) == 2
    assert not [text for text in texts if "wr0ng" in text or "Basic" in text]


def test_the_ticket_follows_its_incident(jira, opened):
    incident, ana = opened.incident, make_user()

    respond.acknowledge(incident.pk, by=ana)
    go_on()
    assert status_of(jira) == "In Progress"
    respond.resolve(incident.pk, by=ana)
    go_on()

    assert status_of(jira) == "Done"
    assert lines(incident, "ticket_updated")[-1] == f"{opened.service} OPS-1 is “Done”"
    assert incident.timeline.filter(verb="ticket_updated").last().by == ana


def test_a_status_is_chosen_by_its_name_where_one_is_named(jira):
    service = make_jira(jira)
    service.config = {**service.config, "done_status": "won't fix"}
    service.save()
    to = {"name": "Won't fix", "statusCategory": {"key": "done"}}
    jira.transitions = [DONE, {"id": "41", "name": "Reject", "to": to}]
    incident = open_incident()
    outbound.open_ticket(service, incident.pk)
    respond.resolve(incident.pk)
    go_on()

    assert status_of(jira) == "Won't fix"


def test_a_transition_that_is_not_there_is_said_with_those_that_are(jira, opened):
    jira.transitions = [BACK, START]

    respond.resolve(opened.incident_id)
    go_on()

    (text,) = lines(opened.incident, "outbound_failed")
    assert "No transition leads to “Done”. From here there are: “Back”, “Start”." in text


def test_a_ticket_that_is_done_resolves_its_incident_and_hears_nothing_of_it(client, jira, opened):
    before = len(jira.receiver.requests)

    answered = tell(client, opened, jira.event(SECRET, DONE["to"]))
    go_on()

    assert (answered.status_code, answered.content) == (200, b"done")
    opened.incident.refresh_from_db()
    assert opened.incident.is_resolved
    line = opened.incident.timeline.get(verb="resolved")
    assert line.text == f"Ana moved {opened.service} OPS-1 to “Done”"
    assert line.via == f"{opened.service} OPS-1"
    assert len(jira.receiver.requests) == before


def test_a_ticket_that_is_opened_again_reopens_and_pages(client, jira, opened):
    tell(client, opened, jira.event(SECRET, DONE["to"]))
    body, headers = jira.event(SECRET, BACK["to"], timestamp=1769164300000)

    tell(client, opened, (body, {**headers, "X-Atlassian-Webhook-Identifier": "e2"}))

    opened.incident.refresh_from_db()
    assert opened.incident.status == "open"
    assert opened.incident.paging_round == 2


def test_a_ticket_in_progress_acknowledges(client, jira, opened):
    tell(client, opened, jira.event(SECRET, START["to"]))

    opened.incident.refresh_from_db()
    assert opened.incident.status == "acknowledged"


def test_nothing_changes_here_unless_the_service_wants_it(client, jira, opened):
    opened.service.resolves = False
    opened.service.save()

    tell(client, opened, jira.event(SECRET, DONE["to"]))

    opened.incident.refresh_from_db()
    opened.refresh_from_db()
    assert opened.incident.status == "open"
    assert (opened.state, opened.status) == ("done", "Done")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        pytest.param({"account": "5b10-portal"}, b"our own doing", id="of the portal itself"),
        pytest.param({"issue": {"id": "99", "key": "X-1"}}, b"no such ticket", id="of others"),
        pytest.param({"changelog": {"items": []}}, b"nothing to do", id="of other fields"),
    ],
)
def test_what_is_no_news_changes_nothing(client, jira, opened, fields, words):
    answered = tell(client, opened, jira.event(SECRET, DONE["to"], **fields))

    opened.incident.refresh_from_db()
    assert (answered.status_code, answered.content) == (200, words)
    assert opened.incident.status == "open"


def test_news_that_come_twice_or_late_are_done_once(client, jira, opened):
    news = jira.event(SECRET, START["to"])

    answers = [tell(client, opened, news).content for _ in range(2)]
    late, headers = jira.event(SECRET, DONE["to"], timestamp=1769164000000)
    headers["X-Atlassian-Webhook-Identifier"] = "late"
    answers.append(tell(client, opened, (late, headers)).content)

    assert answers == [b"done", b"seen before", b"older than what is known"]


def test_what_the_database_cannot_hold_is_left_out(client, jira, opened):
    status = {"name": "Do\x00ne\ud800", "statusCategory": {"key": "done"}}
    body = {"comment": {}, "user": {"accountId": "\x00", "displayName": "A\x00na"}}

    answered = tell(client, opened, jira.event(SECRET, status, **body))

    opened.refresh_from_db()
    assert answered.status_code == 200
    assert (opened.state, opened.status) == ("done", "Do ne")


def test_what_is_not_signed_by_the_secret_is_refused(client, jira, opened):
    answered = tell(client, opened, jira.event("another", DONE["to"]))

    opened.incident.refresh_from_db()
    assert answered.status_code == 403
    assert opened.incident.status == "open"


def test_comments_go_both_ways_and_never_back(client, jira, opened):
    ana = make_user(name="Ana")
    respond.comment(opened.incident_id, "Looking at it", by=ana)
    go_on()
    body = {"webhookEvent": "comment_created", "comment": {"body": "Thanks", "author": {}}}
    tell(client, opened, jira.event(SECRET, BACK["to"], **body))
    go_on()

    said = [one["content"][0]["content"][0]["text"] for one in jira.comments]
    assert said == [f"{ana}: Looking at it"]
    assert lines(opened.incident, "commented") == ["Looking at it", "Ana: Thanks"]


def test_data_center_has_its_own_version_login_and_text(receiver):
    jira = Jira(receiver, version="2", auth="Bearer t0ken-of-dc")
    service = make_system("jira_data_center", {"base_url": jira.url, "token": "t0ken-of-dc"})
    incident = open_incident()
    jira.drops = 1

    outbound.open_ticket(service, incident.pk)
    go_on()
    later()

    assert Ticket.objects.get().key == "OPS-1"
    assert "Severity: critical" in jira.tickets[0]["fields"]["description"]
    service.refresh_from_db()
    assert service.own_account == "JIRAUSER1"


def test_of_a_private_incident_no_title_leaves_the_portal(jira):
    service, incident = make_jira(jira), open_incident("Salaries leaked", is_private=True)

    outbound.open_ticket(service, incident.pk)
    go_on()

    assert jira.tickets[0]["fields"]["summary"] == f"#{incident.pk} Private incident"
    assert "Salaries" not in str(jira.tickets[0])
