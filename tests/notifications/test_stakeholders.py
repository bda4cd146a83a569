"""A Stakeholder is informed, and never paged."""

import pytest
from django.utils import timezone

from escalation.actions import add_responders
from incidents.errors import InvalidRequest
from notifications.actions import settings
from notifications.actions.build_message import build_message
from notifications.models import CatchAll, Notification
from tests.api import make_paging_incident, owner
from tests.factories import (
    make_catch_all,
    make_incident,
    make_page,
    make_policy,
    make_service,
    make_team,
    make_user,
)
from tests.pages import browser, make_person, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def sam():
    return make_person("Stakeholder", name="Sam")


def become_stakeholder(person):
    person.groups.set(make_person("Stakeholder").groups.all())


def paged():
    return {row.user for row in Notification.objects.select_related("user")}


def said(incident):
    return [line.text for line in incident.timeline.filter(verb="not_paged")]


def test_who_became_one_later_is_skipped_and_the_timeline_says_so():
    sam, bo = make_user("Sam"), make_user("Bo")
    service = make_service(make_policy([sam, bo]))
    become_stakeholder(sam)

    incident = make_paging_incident(service)

    assert paged() == {bo}
    [line] = said(incident)
    assert "Sam is a Stakeholder: informed, never paged (step 1" in line


def test_where_a_step_names_nobody_else_the_next_one_is_taken():
    sam, bo = make_user("Sam"), make_user("Bo")
    service = make_service(make_policy(sam, bo))
    become_stakeholder(sam)

    make_paging_incident(service)

    assert paged() == {bo}


def test_who_is_asked_for_by_name_is_skipped_as_well(sam):
    incident = make_incident()

    add_responders.add_responders(incident.pk, users=[sam.pk], page_key="asked:1")

    assert paged() == set()
    assert len(said(incident)) == 1
    assert incident.timeline.filter(verb="no_recipient").exists()


def test_a_member_of_a_team_is_skipped_as_well(sam):
    incident, team = make_incident(), make_team(sam, make_user("Bo"))

    add_responders.add_responders(incident.pk, teams=[team.pk], page_key="asked:1")

    assert {person.name for person in paged()} == {"Bo"}
    assert len(said(incident)) == 1


def test_a_catch_all_of_stakeholders_is_none(sam):
    make_catch_all(sam)

    incident = make_paging_incident(make_service())

    assert paged() == set()
    assert not CatchAll.objects.told().exists()
    assert len(said(incident)) == 1


def test_the_timeline_says_it_once_in_a_round(sam):
    incident = make_incident()

    for number in range(3):
        add_responders.add_responders(incident.pk, users=[sam.pk], page_key=f"asked:{number}")

    assert len(said(incident)) == 1


def test_the_page_of_a_service_does_not_promise_a_stakeholder():
    sam, boss = make_user("Sam"), make_person("Owner")
    service = make_service(make_policy(sam))
    become_stakeholder(sam)

    page = words(browser(boss).get(f"/services/{service.pk}/"))

    assert "Nobody can be told" in page


def message_of(mail):
    return build_message([mail], now=timezone.now(), may_repeat=False)


def test_what_they_are_sent_after_all_carries_no_action():
    sam, bo, incident = make_user("Sam"), make_user("Bo"), make_incident()
    mails = [make_page(incident, person) for person in (sam, bo)]
    become_stakeholder(sam)

    to_sam, to_bo = [message_of(mail).incidents[0].actions for mail in mails]

    assert to_sam == ()
    assert [action.kind for action in to_bo] == ["acknowledge", "resolve"]


def test_what_is_sent_to_who_lost_the_role_carries_no_action():
    eve, incident = make_person("Responder"), make_incident()
    mail = make_page(incident, eve)
    eve.groups.clear()

    assert message_of(mail).incidents[0].actions == ()


def test_the_catch_all_refuses_one(sam, client):
    client.force_login(make_person("Owner"))
    CatchAll.objects.get_or_create(pk=1)

    by_api = owner().put("/api/v1/catch-all/", {"users": [sam.email]})
    by_form = client.post("/admin/notifications/catchall/1/change/", {"users": [sam.pk]})

    assert by_api.status_code == 400
    assert "Sam is a Stakeholder" in by_api.json()["fields"]["users"][0]
    assert "Sam is a Stakeholder" in words(by_form)
    with pytest.raises(InvalidRequest, match="Sam is a Stakeholder"):
        settings.set_catch_all(users=[sam])
    assert not CatchAll.objects.get().users.exists()


def test_the_rights_of_a_reader_are_asked_for_once_in_a_message(django_assert_num_queries):
    bo = make_user("Bo")
    mails = [make_page(make_incident(), bo) for _ in range(5)]
    rows = Notification.objects.filter(pk__in=[mail.pk for mail in mails])
    loaded = list(rows.select_related("incident__service", "incident__assignee", "user"))

    with django_assert_num_queries(2):  # and whether a template writes it
        message = build_message(loaded, now=timezone.now(), may_repeat=False)

    assert all(len(summary.actions) == 2 for summary in message.incidents)
