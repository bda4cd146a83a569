"""Workflows in the admin, by API and on the page of an incident."""

import pytest

from escalation.models import Workflow
from tests.api import make_paging_incident, owner
from tests.escalation.workflows import make_workflow, ran
from tests.factories import make_service, make_user
from tests.pages import browser, make_person, words

pytestmark = pytest.mark.django_db
LIST = "/api/v1/workflows/"
ADMIN = "/admin/escalation/workflow/"
DOCUMENT = {
    "name": "Tell the boss",
    "trigger": "before_sla",
    "minutes": 60,
    "for_all": True,
    "conditions": [{"field": "severity", "operator": "at_least", "value": "error"}],
    "actions": [{"kind": "notify", "to_managers": True, "subject": "{title}", "text": "Soon"}],
}


def test_a_workflow_is_written_and_read_as_a_whole():
    client, service = owner(), make_service(name="Shop")

    answer = client.post(LIST, {**DOCUMENT, "services": ["Shop"], "is_enabled": True})
    again = client.patch(f"{LIST}{answer.json()['id']}/", {"actions": [], "is_enabled": False})

    row = Workflow.objects.get(name="Tell the boss")
    assert answer.status_code == 201, answer.json()
    assert answer.json()["services"] == [service.pk]
    assert answer.json()["kind"] == "incident"
    assert again.json()["actions"] == []
    assert again.json()["conditions"][0]["value"] == "error"
    assert row.enabled_at is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"actions": [], "is_enabled": True}, "is_enabled"),
        ({"actions": [{"kind": "notify"}]}, "actions"),
        ({"actions": [{"kind": "severity", "value": "awful"}]}, "actions"),
        ({"actions": [{"kind": "snooze", "value": "99999999"}]}, "actions"),
        ({"actions": [{"kind": "note", "text": "{nothing}"}]}, "actions"),
        ({"actions": [{"kind": "responders", "targets": ["user"]}]}, "actions"),
        ({"trigger": "without_activity", "minutes": 0}, "minutes"),
        ({"repeat_minutes": 1}, "repeat_minutes"),
        ({"conditions": [{"field": "channel", "value": "sms"}]}, "conditions"),
        ({"trigger": "sent", "conditions": [{"field": "alert", "value": "x"}]}, "conditions"),
        ({"trigger": "unanswered", "minutes": 0}, "minutes"),
    ],
)
def test_what_would_never_work_is_refused(change, field):
    answer = owner().post(LIST, {**DOCUMENT, **change})

    assert answer.status_code == 400
    assert field in answer.text
    assert not Workflow.objects.filter(name="Tell the boss").exists()


def test_a_script_runs_a_workflow_by_its_name():
    workflow, incident = make_workflow("manual"), make_paging_incident()

    path = f"/api/v1/incidents/{incident.pk}/run_workflow/"
    answer = owner().post(path, {"workflow": workflow.name})

    assert answer.status_code == 200, answer.json()
    assert ran(incident) == [f"“{workflow}”: added a note"]


def test_a_person_runs_a_workflow_from_the_page_of_an_incident():
    workflow, incident = make_workflow("manual"), make_paging_incident()
    make_workflow("manual", for_all=False)
    ana = browser(make_person("Owner"))

    page = ana.get(incident.get_absolute_url())
    ana.post(f"{incident.get_absolute_url()}run-workflow/", {"workflow": workflow.pk})

    assert "Run a workflow" in words(page)
    assert page.content.decode().count('name="workflow"') == 1
    assert len(ran(incident)) == 1


def test_an_administrator_writes_a_workflow():
    person, channel_word = make_user(), None
    channel_word = f"user:{person.pk}"
    admin = browser(make_person("Owner"))
    form = {
        "name": "Tell them",
        "is_enabled": "on",
        "trigger": "status",
        "minutes": "0",
        "repeat_minutes": "0",
        "matches_all": "on",
        "for_all": "on",
        "conditions-TOTAL_FORMS": "1",
        "conditions-INITIAL_FORMS": "0",
        "conditions-0-field": "severity",
        "conditions-0-operator": "is",
        "conditions-0-value": "critical",
        "actions-TOTAL_FORMS": "1",
        "actions-INITIAL_FORMS": "0",
        "actions-0-kind": "notify",
        "actions-0-targets": [channel_word],
        "actions-0-subject": "{title}",
    }

    new = admin.get(f"{ADMIN}add/")
    wrong = admin.post(f"{ADMIN}add/", {**form, "actions-0-kind": "assign"})
    other = admin.post(f"{ADMIN}add/", {**form, "conditions-0-field": "alert"})
    answer = admin.post(f"{ADMIN}add/", form)

    row = Workflow.objects.get(name="Tell them")
    assert new.status_code == 200
    assert "this is needed" in words(wrong)
    assert "Notification" in words(new)  # a group of what starts one
    assert "only for what starts when “an alert opens”" in words(other)
    assert answer.status_code == 302
    assert row.enabled_at is not None
    assert row.actions.get().targets == [channel_word]
    assert row.conditions.get().value == "critical"
    assert "Tell them" in words(admin.get(ADMIN))
