"""Tags, custom fields and templates of incidents."""

import pytest

from escalation.actions import start
from escalation.models import IncidentTemplate
from incidents.actions import edit, ingest, respond
from incidents.custom_fields import clean_tags, clean_value
from incidents.errors import InvalidRequest
from incidents.models import CustomField, Incident, Topic
from tests.api import make_person as make_login
from tests.api import owner, script
from tests.factories import make_incident, make_policy, make_report, make_service, make_team
from tests.pages import browser, make_person, words

pytestmark = pytest.mark.django_db
LIST = "/api/v1/incidents/"


@pytest.mark.parametrize(
    ("kind", "given", "kept"),
    [
        ("text", "  a  b ", "a  b"),
        ("text", "", None),
        ("text", 7, "7"),
        ("number", "1.50", 1.5),
        ("number", 3.0, 3),
        ("number", "0", 0),
        ("choice", "EU", "EU"),
        ("date", "2026-11-30", "2026-11-30"),
        ("link", "https://a.example/x", "https://a.example/x"),
    ],
)
def test_a_value_is_kept_in_one_form(kind, given, kept):
    assert clean_value(CustomField(kind=kind, choices=["EU", "US"]), given) == kept


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("text", "x" * 1001),
        ("number", "many"),
        ("number", "NaN"),
        ("number", "Infinity"),
        ("number", True),
        ("choice", "eu"),
        ("date", "30.11.2026"),
        ("link", "javascript:alert(1)"),
    ],
)
def test_a_value_of_another_kind_is_refused(kind, given):
    with pytest.raises(ValueError, match="Write"):
        clean_value(CustomField(kind=kind, choices=["EU", "US"]), given)


def test_tags_are_kept_in_lower_case_once_and_so_many():
    assert clean_tags([" DB ", "db", "", "a  b", "x,y"]) == ["db", "a b", "x y"]
    assert len(clean_tags(map(str, range(30)))) == 20


@pytest.fixture
def region():
    return CustomField.objects.create(name="Region", kind="choice", choices=["EU", "US"])


def test_labels_are_changed_also_of_what_is_over_and_the_list_finds_them(region):
    incident, other = make_incident(), make_incident()
    respond.resolve(incident.pk)
    client = owner()
    body = {"tags": ["DB", "prod"], "custom_fields": {"Region": "EU"}}

    found = client.patch(f"{LIST}{incident.pk}/", body).json()

    assert (found["tags"], found["custom_fields"]) == (["db", "prod"], {"region": "EU"})
    line = incident.timeline.last()
    assert line.text == "Tags: from none to db, prod; Custom fields: from none to region EU"
    for query in ("tag=db", "tag=prod,DB", "custom_field=region:EU", "custom_field=Region:EU"):
        assert [row["id"] for row in client.get(f"{LIST}?{query}").json()["results"]] == [
            incident.pk
        ], query
    assert client.get(f"{LIST}?tag=db,other").json()["results"] == []
    page = words(browser(make_person("Owner")).get("/incidents/?status=all&tag=db"))
    assert incident.title in page
    assert other.title not in page
    refused = client.patch(f"{LIST}{incident.pk}/", {"tags": [], "title": "Else"})
    assert refused.status_code == 409


@pytest.mark.parametrize(
    "values", [{"Region": "Mars"}, {"Planet": "Earth"}, {"region": ["EU"]}, {"region": {"a": 1}}]
)
def test_a_value_that_a_field_cannot_hold_is_refused_by_its_name(region, values):
    answer = owner().patch(f"{LIST}{make_incident().pk}/", {"custom_fields": values})

    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["custom_fields"])
    query = f"{LIST}?custom_field={next(iter(values))}:Mars"
    assert owner().get(query).status_code == 400


def test_a_required_field_is_asked_for_by_hand_kept_and_never_of_an_alert(region):
    CustomField.objects.update(is_required=True)
    service = make_service()
    body = {"title": "x", "service": service.name}

    missing = owner().post(LIST, body)
    assert missing.json()["fields"] == {"custom_fields": ["Region is required."]}
    made = owner().post(LIST, {**body, "custom_fields": {"region": "US"}})
    assert made.status_code == 201
    with pytest.raises(InvalidRequest):
        edit.edit(made.json()["id"], custom_fields={"region": None})
    ingest.report([make_report(service)])
    page = words(
        browser(make_person("Owner")).get(f"/incidents/{Incident.objects.latest('pk').pk}/")
    )
    assert "Not filled in" in page


def test_a_sender_fills_in_what_its_rules_call_so(region):
    attributes = {
        "tags": {"Prod": "true", "team": "db"},
        "custom_fields": {"region": "EU", "other": "x"},
    }
    wrong = {"custom_fields": {"Region": "Mars"}}
    service = make_service()

    ingest.report([make_report(service, key="a", attributes=attributes)])
    ingest.report([make_report(service, key="b", attributes=wrong)])

    first, second = Incident.objects.order_by("pk")
    assert (first.tags, first.custom_fields) == (["prod", "team:db"], {"region": "EU"})
    assert second.custom_fields == {}


def test_the_page_edits_labels(region):
    ana = make_person("Responder")
    incident = make_incident(make_service(team=make_team(ana)), tags=["old"])
    client, path = browser(ana), f"/incidents/{incident.pk}/edit/"
    assert 'name="custom_region"' in client.get(path).content.decode()
    sent = {
        "title": incident.title,
        "severity": incident.severity,
        "urgency": incident.urgency,
        "priority": "",
        "service": incident.service_id,
        "tags": "db, eu",
        "custom_region": "EU",
    }
    seen = {f"initial-{name}": value for name, value in sent.items() if name != "custom_region"}

    client.post(path, {**seen, **sent, "initial-tags": "old"})

    incident.refresh_from_db()
    assert (incident.tags, incident.custom_fields) == (["db", "eu"], {"region": "EU"})


def test_fields_are_defined_by_who_may_and_keep_their_keys():
    client = owner()
    made = client.post(
        "/api/v1/custom-fields/", {"name": "Root cause", "kind": "choice", "choices": ["Us"]}
    )
    assert (made.status_code, made.json()["key"]) == (201, "root_cause")
    path = f"/api/v1/custom-fields/{made.json()['id']}/"
    assert client.patch(path, {"name": "Cause"}).json()["key"] == "root_cause"
    for body in ({"kind": "text"}, {"choices": []}):
        assert list(client.patch(path, body).json()["fields"]) == ["choices"]
    ana = script(make_login("Responder"))
    assert len(ana.get("/api/v1/custom-fields/").json()["results"]) == 1
    assert ana.post("/api/v1/custom-fields/", {"name": "Mine"}).status_code == 403
    assert CustomField.objects.create(name="Root-Cause").key == "root_cause_2"


# Templates


@pytest.fixture
def outage(region):
    template = IncidentTemplate.objects.create(
        name="Outage",
        title="Payments fail",
        service=make_service(name="Payments"),
        severity="error",
        priority="P1",
        policy=make_policy(name="Major"),
        tags=["payments"],
        custom_fields={"region": "EU"},
    )
    template.topics.add(Topic.objects.create(name="Money"))
    return template


def test_a_template_says_what_is_left_out(outage):
    made = owner().post(LIST, {"template": "outage", "title": "Cards fail"})

    found = made.json()
    assert made.status_code == 201, found
    assert [found[n] for n in ("title", "severity", "priority", "tags", "custom_fields")] == [
        "Cards fail",
        "error",
        "P1",
        ["payments"],
        {"region": "EU"},
    ]
    assert found["runs"][0]["name"] == "Major"
    assert len(found["topics"]) == 1


def test_without_a_template_title_and_service_are_needed():
    answer = owner().post(LIST, {"severity": "error"})

    assert (answer.status_code, set(answer.json()["fields"])) == (400, {"title", "service"})


def test_the_form_of_a_new_incident_is_filled_in(outage):
    page = browser(make_person("Owner")).get(f"/incidents/new/?template={outage.pk}")

    text = page.content.decode()
    assert 'value="Payments fail"' in text
    assert 'value="payments"' in text
    assert '<option value="EU" selected>' in text
    assert '<option value="error" selected>' in text


def test_templates_are_for_who_opens_incidents_and_changed_by_who_may(outage):
    ana, bea = script(make_login("Responder")), script(make_login("Group Admin"))

    assert ana.get("/api/v1/incident-templates/").json()["results"] == []
    assert len(bea.get("/api/v1/incident-templates/").json()["results"]) == 1
    assert bea.post("/api/v1/incident-templates/", {"name": "Mine"}).status_code == 403
    wrong = {"name": "Other", "custom_fields": {"region": "Mars"}}
    assert owner().post("/api/v1/incident-templates/", wrong).status_code == 400
    right = {"name": "Other", "custom_fields": {"region": "US"}, "tags": ["X"]}
    made = owner().post("/api/v1/incident-templates/", right).json()
    assert (made["tags"], made["custom_fields"]) == (["x"], {"region": "US"})


def test_the_title_of_a_sender_in_a_tag_stays_text():
    incident = start.open_incident(make_service(), "x", tags=["<b>bold</b>"])

    page = browser(make_person("Owner")).get(f"/incidents/{incident.pk}/").content.decode()

    assert "<b>bold</b>" not in page


def test_the_choices_of_a_custom_field_are_words_with_commas(client):
    client.force_login(make_login("App Admin"))
    url = "/admin/incidents/customfield/add/"

    client.post(url, {"name": "Region", "kind": "choice", "choices": "EU, US ,", "position": 0})

    field = CustomField.objects.get()
    assert field.choices == ["EU", "US"]
    page = client.get(f"/admin/incidents/customfield/{field.pk}/change/").content.decode()
    assert 'value="EU, US"' in page


def test_a_template_has_its_labels_as_words_and_lines(client):
    client.force_login(make_login("App Admin"))
    CustomField.objects.create(name="Region")
    said = {"name": "Outage", "severity": "critical", "tags": "DB, eu"}
    url = "/admin/escalation/incidenttemplate/add/"
    refused = [
        client.post(url, {**said, "custom_fields": text}).content.decode()
        for text in ("region EU", "region:", "region: EU\nregion: US")
    ]

    client.post(url, {**said, "custom_fields": "region: EU"})

    assert "“region EU” has no colon" in refused[0]
    assert "“region: ” is no line such as region: EU" in refused[1]
    assert "Region is there twice" in refused[2]
    row = IncidentTemplate.objects.get()
    assert (row.tags, row.custom_fields) == (["db", "eu"], {"region": "EU"})
