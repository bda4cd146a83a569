"""What the vendors' own pages say of their webhooks, from the request to the incident."""

import pytest

from incidents.models import Incident
from tests.factories import make_integration
from tests.integrations.posting import log, post, work

pytestmark = pytest.mark.django_db


def halo(status):
    return {"ticket": {"id": 31, "summary": "No mail", "status": {"name": status}}}


def build(state):
    return {
        "repository": {"full_name": "acme/shop"},
        "commit_status": {"key": "ci", "name": "CI", "refname": "main", "state": state},
    }


def odown(event):
    return {"event": event, "monitor": {"id": 7, "name": "Shop"}}


LIVES = [
    pytest.param(
        "odown",
        [odown("ALERT_FAILURE"), odown("ALERT_FAILURE"), odown("ALERT_RECOVERY")],
        ["Mapped (opened)", "Mapped Appended", "Mapped (closed)"],
        id="Odown",
    ),
    pytest.param(
        "haloitsm",
        [halo("New"), halo("In Progress"), halo("New"), halo("Closed")],
        ["Mapped (opened)", "Mapped Ignored", "Mapped Appended", "Mapped (closed)"],
        id="HaloITSM",
    ),
    pytest.param(
        "bitbucket",
        [build("FAILED"), build("FAILED"), build("SUCCESSFUL")],
        ["Mapped (opened)", "Mapped Appended", "Mapped (closed)"],
        id="Bitbucket: successful",
    ),
    pytest.param(
        "bitbucket",
        [build("FAILED"), build("INPROGRESS")],
        ["Mapped (opened)", "Mapped (closed)"],
        id="Bitbucket: in progress again",
    ),
]


@pytest.mark.parametrize(("template", "bodies", "lines"), LIVES)
def test_one_trouble_is_one_incident_from_its_first_message_to_its_last(
    client, template, bodies, lines
):
    integration = make_integration(template)

    for body in bodies:
        assert post(client, integration, body).status_code == 202
        work()

    assert log() == lines
    assert Incident.objects.get().status == "resolved"


@pytest.mark.parametrize(("template", "bodies", "lines"), LIVES)
def test_it_makes_no_difference_whether_they_are_worked_off_together(
    client, template, bodies, lines
):
    integration = make_integration(template)
    for body in bodies:
        post(client, integration, body)

    work()

    assert log() == lines
    assert Incident.objects.get().status == "resolved"


def test_odown_again_after_the_recovery_is_a_new_incident(client):
    integration = make_integration("odown")

    for event in ("ALERT_FAILURE", "ALERT_RECOVERY", "ALERT_FAILURE"):
        post(client, integration, odown(event))
        work()

    assert list(Incident.objects.values_list("status", flat=True)) == ["open", "resolved"]


def test_two_branches_of_one_repository_are_two_alerts(client):
    integration = make_integration("bitbucket")
    other = build("FAILED")
    other["commit_status"]["refname"] = "dev"

    for body in (build("FAILED"), other, build("SUCCESSFUL")):
        post(client, integration, body)
    work()

    assert log() == ["Mapped (opened)", "Mapped (opened)", "Mapped (closed)"]


def test_a_recovery_without_a_failure_is_kept_and_opens_nothing(client):
    post(client, make_integration("odown"), odown("ALERT_RECOVERY"))
    work()

    assert log() == ["Mapped Ignored"]
    assert not Incident.objects.exists()
