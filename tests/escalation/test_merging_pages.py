"""By the API and on the page incidents are merged, split and linked."""

import pytest

from escalation.actions import start
from incidents.models import Incident, IncidentLink
from incidents.report import Group
from tests.api import owner
from tests.escalation.reported import fresh, opened, report
from tests.factories import (
    make_policy,
    make_report,
    make_service,
    make_team,
    make_user,
)
from tests.pages import browser, make_person, words

pytestmark = pytest.mark.django_db
LIST = "/api/v1/incidents/"


@pytest.fixture
def service():
    return make_service(make_policy(make_user()))


@pytest.fixture
def grouped(service):
    """An incident with three alerts."""
    for key in "abc":
        report(make_report(service, key=key, title=f"Disk {key}", group=Group("g")))
    return Incident.objects.get()


def test_by_the_api_incidents_become_one_and_come_apart(service):
    first, second = opened(service, "a"), opened(service, "b")
    client = owner()

    merged = client.post(f"{LIST}{first.pk}/merge/", {"incidents": [second.pk], "reason": "Same"})
    assert (merged.status_code, len(merged.json()["alerts"])) == (200, 2)
    assert merged.json()["links"][0]["kind"] == "merged"
    other = client.get(f"{LIST}{second.pk}/").json()
    assert (other["resolution"], other["merged_into"]) == ("merged", first.pk)
    apart = client.post(f"{LIST}{second.pk}/undo_merge/")
    assert (apart.status_code, apart.json()["status"]) == (200, "open")


def test_by_the_api_alerts_are_split_off_and_incidents_linked(grouped):
    client, chosen = owner(), grouped.alerts.get(key="b")

    made = client.post(f"{LIST}{grouped.pk}/split/", {"alerts": [chosen.pk], "title": "Its own"})
    assert (made.status_code, made.json()["title"]) == (201, "Its own")
    body = {"incident": made.json()["id"], "kind": "caused_by"}
    linked = client.post(f"{LIST}{grouped.pk}/link/", body).json()["links"]
    assert [(row["incident"], row["kind"]) for row in linked] == [(body["incident"], "caused_by")]
    body.pop("kind")
    assert client.post(f"{LIST}{grouped.pk}/unlink/", body).json()["links"] == []


@pytest.mark.parametrize(
    ("action", "body", "named"),
    [
        ("merge", {}, "incidents"),
        ("merge", {"incidents": [2**40]}, "incidents"),
        ("merge", {"incident": [1]}, "incident"),
        ("split", {"alerts": [2**40]}, "alerts"),
        ("link", {"incident": 2**40}, "incident"),
        ("link", {"kind": "cousin"}, "kind"),
    ],
)
def test_by_the_api_what_cannot_be_is_refused_by_its_field(service, action, body, named):
    incident = opened(service, "a")

    answer = owner().post(f"{LIST}{incident.pk}/{action}/", body)

    assert answer.status_code == 400
    assert named in answer.json()["fields"]


def test_on_the_page_incidents_become_one_and_come_apart():
    ana = make_person("Responder", name="Ana Ferreira")
    service = make_service(make_policy(ana), team=make_team(ana))
    first, second = opened(service, "a"), opened(service, "b")
    client = browser(ana)
    assert "Merge others into" in words(client.get(f"/incidents/{first.pk}/combine/"))

    page = client.post(
        f"/incidents/{first.pk}/merge/", {"numbers": f"#{second.pk}", "reason": "Same"}, follow=True
    )
    assert f"#{second.pk} is a part of #{first.pk} now." in words(page)
    page = words(client.get(f"/incidents/{second.pk}/"))
    assert f"Merged into #{first.pk}" in page
    assert "Undo the merge" in page
    page = words(client.post(f"/incidents/{second.pk}/undo-merge/", follow=True))
    assert f"#{second.pk} stands alone again" in page


def test_on_the_page_nobody_merges_what_they_do_not_see():
    ana = make_person("Responder")
    service = make_service(team=make_team(ana))
    mine, hidden = start.open_incident(service, "Mine"), start.open_incident(make_service(), "No")

    page = browser(ana).post(
        f"/incidents/{mine.pk}/merge/",
        {"numbers": str(hidden.pk), "incident": hidden.pk},
        follow=True,
    )

    assert not fresh(hidden).is_resolved
    assert f"#{hidden.pk} is a part" not in words(page)


def test_on_the_page_alerts_are_split_off_and_incidents_linked(grouped):
    ana = make_person("Responder")
    grouped.service.team = make_team(ana)
    grouped.service.save()
    client, chosen = browser(ana), grouped.alerts.get(key="b")

    client.post(f"/incidents/{grouped.pk}/split/", {"alerts": chosen.pk, "pages": "no"})
    new = Incident.objects.exclude(pk=grouped.pk).get()
    assert (new.assignee, new.status) == (ana, "acknowledged")
    body = {"incident": f"#{new.pk}", "kind": "duplicate"}
    client.post(f"/incidents/{grouped.pk}/link/", body)
    assert f"a duplicate of #{new.pk}" in words(client.get(f"/incidents/{grouped.pk}/"))
    client.post(f"/incidents/{grouped.pk}/unlink/", {"incident": new.pk})
    assert not IncidentLink.objects.exists()
