"""Incidents as a file that is safe to open."""

import csv
import io

import pytest
from django.contrib.auth.models import Permission

from incidents import export
from incidents.models import CustomField
from tests.api import make_person as make_login
from tests.api import owner, script
from tests.factories import make_alert, make_incident, make_service, make_team
from tests.pages import browser, make_person

pytestmark = pytest.mark.django_db


def rows_of(answer):
    assert answer.status_code == 200, answer.content
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def numbers(rows):
    return [int(row["Number"]) for row in rows]


@pytest.mark.parametrize("begin", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "  =1", "\r=1", "＝1"])
def test_no_cell_is_a_formula_whatever_a_sender_writes(begin):
    incident = make_incident(title=f'{begin},"x"\n2', source=begin, tags=[begin])
    CustomField.objects.create(name=f"{begin}field")

    [row] = rows_of(browser(make_person("Owner")).get("/incidents/export/"))

    assert row["Title"] == f'\'{begin},"x"\n2'
    assert (row["Source"], row["Tags"]) == (f"'{begin}", f"'{begin}")
    assert f"'{begin}field" in row
    assert int(row["Number"]) == incident.pk


def test_it_holds_what_the_list_holds_with_the_same_filters():
    service = make_service()
    late = {"severity": "error", "tags": ["db"], "sla_state": "breached"}
    one = make_incident(service, **late, custom_fields={"region": "EU"})
    make_alert(one)
    CustomField.objects.create(name="Region")
    make_incident(service, severity="info")
    make_incident(severity="error", status="resolved")
    page, api = browser(make_person("Owner")), owner()

    for answer in (
        page.get(f"/incidents/export/?service={service.pk}&severity=error&tag=db"),
        api.get(f"/api/v1/incidents/export/?service={service.pk}&severity=error&tag=db"),
        page.get("/incidents/export/?status=open&severity=error"),
        api.get("/api/v1/incidents/export/?status=open&severity=error"),
    ):
        rows = rows_of(answer)
        assert numbers(rows) == [one.pk]
        assert (rows[0]["Region"], rows[0]["Alerts"]) == ("EU", "1")
        assert rows[0]["SLA"] == "SLA missed"


def test_it_is_read_in_parts_and_whole(monkeypatch):
    monkeypatch.setattr(export, "CHUNK", 3)
    made = [make_incident().pk for _ in range(7)]

    assert numbers(rows_of(owner().get("/api/v1/incidents/export/"))) == made[::-1]


def test_nobody_exports_what_they_do_not_see():
    ana = make_login("Responder")
    ana.user_permissions.add(
        Permission.objects.get(content_type__app_label="incidents", codename="Export_GlobalAccess")
    )
    service = make_service(team=make_team(ana))
    mine = make_incident(service)
    make_incident()
    make_incident(service, is_private=True)

    assert numbers(rows_of(script(ana).get("/api/v1/incidents/export/"))) == [mine.pk]
    assert numbers(rows_of(browser(ana).get("/incidents/export/"))) == [mine.pk]


def test_it_is_for_who_may_and_refuses_what_it_does_not_know():
    ana = make_person("Responder")

    assert browser(ana).get("/incidents/export/").status_code == 403
    assert script(ana).get("/api/v1/incidents/export/").status_code == 403
    refused = owner().get("/api/v1/incidents/export/?sevrity=info")
    assert (refused.status_code, list(refused.json()["fields"])) == (400, ["sevrity"])
    asked = owner().get("/api/v1/incidents/export/", HTTP_ACCEPT="text/csv")
    assert rows_of(asked) == []
