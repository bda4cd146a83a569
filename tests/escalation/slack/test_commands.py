"""``/opsportal`` in Slack does what it says, as the person whose verified Slack ID gave it."""

import re

import pytest

from incidents.models import Incident
from notifications.models import Notification, ReceivedReply
from tests.escalation.slack.workspace import make_slacker
from tests.factories import (
    make_incident,
    make_method,
    make_policy,
    make_schedule,
    make_service,
    make_team,
    make_user,
)
from tests.notifications.fake_slack import buttons_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def jane(slack):
    return make_slacker("U42", name="Jane")


def paged():
    rows = Notification.objects.filter(user__isnull=False, incident__isnull=False)
    return set(rows.values_list("user__name", flat=True))


def test_help_lists_the_commands(slack, jane):
    text = slack.says("help")["text"]

    assert "`/opsportal oncall Payments` who is on call in one, and who is next" in text
    assert slack.says("")["text"] == text
    assert "`/opsportal help` lists them" in slack.says("dance")["text"]


def test_who_is_not_known_is_told_how_to_be(slack, jane):
    incident = make_incident()
    make_method(make_user("Eve"), "slack", {"to": "U66"}, is_verified=False)

    for user in ("U66", "U77"):
        text = slack.says(f"ack {incident.pk}", user)["text"]

        assert "does not know who you are" in text
        assert "/me/contact-methods/add/slack/|Add Slack to your contact methods>" in text
    incident.refresh_from_db()
    assert incident.status == "open"


def test_an_account_that_two_people_have_acts_for_nobody(slack, jane):
    make_slacker("U42", name="Joe")

    assert "Several people" in slack.says("oncall")["text"]


def test_on_call_names_who_it_is_and_who_is_next(slack, jane):
    make_schedule(make_user("Ana"), make_user("Bo"), name="Payments")
    make_schedule(make_user("Cy <@U1>"), name="Always <night>")

    every = slack.says("oncall")["text"].splitlines()
    one = slack.says("oncall payments")["text"]

    assert every[0] == "*Always &lt;night&gt;*: Cy &lt;@U1&gt;"
    found = re.fullmatch(r"\*Payments\*: (Ana|Bo) until \w{3} \d+ \w{3} \d\d:00, then (.*)", one)
    assert {found[1], found[2]} == {"Ana", "Bo"}
    assert every[1] == one.partition(", then")[0]
    assert "No schedule is called “Nights”" in slack.says("oncall Nights")["text"]


def test_who_may_see_no_schedule_is_told_of_none(slack):
    make_slacker("U42", role="")
    make_schedule(make_user("Ana"), name="Payments")

    assert slack.says("oncall Payments")["text"].startswith("No schedule is called “Payments”")


def test_an_incident_is_shown_with_buttons(slack, jane):
    incident = make_incident(title="Disk <!here> full")

    answer = slack.says(f"incident #{incident.pk}")

    assert f"#{incident.pk} Disk &lt;!here&gt; full" in answer["text"]
    assert {"acknowledge", "resolve", "more"} <= buttons_of(answer).keys()
    assert slack.says("incident 999")["text"] == "There is no incident #999 that you may see."
    assert "Write its number" in slack.says("incident soon")["text"]


def test_one_that_is_not_for_the_person_is_not_there(slack):
    make_slacker("U42", role="Responder")
    incident = make_incident(title="Secret", is_private=True)

    assert slack.says(f"incident {incident.pk}")["text"].startswith("There is no incident")
    assert "Secret" not in slack.says(f"ack {incident.pk}")["text"]
    incident.refresh_from_db()
    assert incident.status == "open"


def test_acknowledging_is_done_once_and_stands_on_the_timeline(slack, jane):
    incident = make_incident()

    first = slack.says(f"ack {incident.pk}", trigger="7.7")
    again = slack.says(f"ack #{incident.pk}", trigger="7.7")

    assert first["text"] == again["text"] == f"Yours: #{incident.pk} acknowledged."
    line = incident.timeline.get(verb="acknowledged")
    assert (line.by, line.via) == (jane, "Slack")
    assert ReceivedReply.objects.count() == 1


def test_a_service_is_paged_by_its_policy_and_once(slack, jane):
    ana = make_user("Ana")
    make_service(make_policy([ana]), name="Web")
    shop = make_service(make_policy([ana]), name="Web shop")

    said = slack.says("page web shop: checkout is &lt;down&gt;", trigger="8.8")["text"]
    again = slack.says("page web shop: checkout is &lt;down&gt;", trigger="8.8")["text"]

    incident = Incident.objects.get()
    assert (incident.service, incident.title) == (shop, "checkout is <down>")
    assert said == again
    assert said.endswith(f"|#{incident.pk} checkout is &lt;down&gt;> is open, and people are told.")
    assert paged() == {"Ana"}


def test_what_reaches_nobody_says_so(slack, jane):
    make_service(name="Web shop")

    assert "but nobody could be told" in slack.says("page Web shop it is down")["text"]


def test_a_person_alone_is_paged_in_place_of_the_policy(slack, jane):
    bob = make_slacker("U43", name="Bob")
    service = make_service(make_policy([make_user("Ana")]), name="Web shop", team=make_team(bob))

    said = slack.says("page <@U43|bob> checkout is down")["text"]

    incident = Incident.objects.get()
    assert (incident.service, incident.title) == (service, "checkout is down")
    assert paged() == {"Bob"}
    assert "is open, and people are told" in said


def test_the_service_is_named_where_it_is_not_clear(slack, jane):
    make_slacker("U43", name="Bob")
    shop = make_service(make_policy([make_user("Ana")]), name="Web shop")

    asked = slack.says("page <@U43|bob> checkout is down")["text"]
    slack.says("page <@U43|bob> Web shop: checkout is down")

    assert "Of which service is it?" in asked
    incident = Incident.objects.get()
    assert (incident.service, incident.title) == (shop, "checkout is down")


def test_a_person_is_asked_to_help_with_an_incident(slack, jane):
    make_slacker("U43", name="Bob")
    incident = make_incident()

    said = slack.says(f"page <@U43> {incident.pk} please look at the disks")["text"]

    assert said == f"Bob is asked to help with #{incident.pk}."
    assert paged() == {"Bob"}
    assert incident.responder_requests.get().message == "please look at the disks"


def test_nobody_is_paged_who_has_no_verified_id_or_is_a_stakeholder(slack, jane):
    make_slacker("U43", role="Stakeholder", name="Sue")
    make_service(name="Web shop")

    unknown = slack.says("page <@U44|eve> Web shop: it is down")["text"]
    refused = slack.says("page <@U43|sue> Web shop: it is down")["text"]

    assert "Nobody in OpsPortal has verified the Slack ID U44" in unknown
    assert refused.startswith("Sue is a Stakeholder: informed, never paged.")
    assert not Incident.objects.exists()


def test_who_may_not_open_incidents_pages_nobody(slack):
    make_slacker("U42", role="Stakeholder")
    make_slacker("U43", name="Bob")
    make_service(name="Web shop")

    for words in ("page Web shop it is down", "page <@U43> Web shop it is down"):
        assert "Messages_Send_GlobalAccess" in slack.says(words)["text"]
    assert not Incident.objects.exists()
