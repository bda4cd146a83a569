"""Status pages within the portal: made, published, and incidents published on them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from incidents.errors import InvalidRequest
from notifications.choices import ComponentStatus, ReportState
from notifications.models import StatusPage, StatusReport, StatusTemplate
from notifications.status_pages.actions.publish import Draft, publish
from tests.api import make_paging_incident, make_person
from tests.factories import make_service
from tests.notifications.status_pages.pages import component, make_page, make_report
from tests.pages import words

pytestmark = pytest.mark.django_db
ADD = "/admin/notifications/statuspage/add/"
INLINE = "components"


@pytest.fixture
def owner(client):
    person = make_person("Owner")
    client.force_login(person)
    return person


def body_of(client, path):
    return client.get(path).content.decode()


def test_the_menu_leads_to_a_new_page_with_its_components(client, owner):
    assert 'href="/status-pages/"' in body_of(client, "/")
    assert f'href="{ADD}"' in body_of(client, "/status-pages/")
    sent = {
        "name": "Acme",
        "slug": "acme",
        "time_zone": "UTC",
        "takes_mail": "on",
        f"{INLINE}-TOTAL_FORMS": "1",
        f"{INLINE}-INITIAL_FORMS": "0",
        f"{INLINE}-0-position": "0",
        f"{INLINE}-0-name": "Shop",
        f"{INLINE}-0-group": "Website",
    }

    answered = client.post(ADD, sent)

    page = StatusPage.objects.get()
    assert answered["Location"] == page.get_absolute_url()
    assert [str(one) for one in page.components.all()] == ["Website: Shop"]
    assert not page.is_published


def test_a_page_is_looked_at_before_it_is_published(client, owner):
    page = make_page(is_published=False)
    assert client.get(f"/status/{page.slug}/").status_code == 404
    preview = client.get(f"/status-pages/{page.pk}/preview/")
    assert "It is not published yet." in words(preview)

    client.post(f"/status-pages/{page.pk}/switch/", {"published": "1"})
    assert client.get(f"/status/{page.slug}/").status_code == 200

    client.post(f"/status-pages/{page.pk}/switch/", {"published": "0"})
    assert client.get(f"/status/{page.slug}/").status_code == 404


def test_a_page_without_components_is_not_published(client, owner):
    page = make_page(is_published=False)
    page.components.all().delete()

    answered = client.post(f"/status-pages/{page.pk}/switch/", {"published": "1"}, follow=True)

    assert "Add a component first" in words(answered)
    assert not StatusPage.objects.get().is_published


def test_an_incident_is_published_from_its_own_menu(client, owner):
    service = make_service()
    page = make_page("Shop", "Search", services=[service])
    incident = make_paging_incident(service)
    path = f"/status-pages/{page.pk}/publish/?incident={incident.pk}"
    assert path in body_of(client, incident.get_absolute_url())

    form = client.get(path).context["form"]
    shop, search = (component(page, name).pk for name in ("Shop", "Search"))
    assert form[f"component_{shop}"].value() == ComponentStatus.DEGRADED_PERFORMANCE
    assert form[f"component_{search}"].value() == ComponentStatus.OPERATIONAL
    assert form["title"].value() is None, "what is internal is proposed to nobody"
    sent = {
        "title": "Orders fail",
        "state": "investigating",
        "body": "We look into it.",
        f"component_{shop}": "major_outage",
        f"component_{search}": "operational",
        "tells": "on",
    }
    answered = client.post(path, sent)

    report = StatusReport.objects.get()
    assert answered["Location"] == report.get_absolute_url()
    assert (report.incident, report.impact) == (incident, "critical")
    assert report.updates.get().effects == {str(shop): "major_outage"}
    assert report.updates.get().by == owner
    line = incident.timeline.get(verb="made_public")
    assert (line.by, line.text) == (
        owner,
        f"{page}: Orders fail (Investigating). We look into it.",
    )
    assert report.get_absolute_url() in body_of(client, incident.get_absolute_url())
    assert path not in body_of(client, incident.get_absolute_url())


def test_maintenance_is_planned_in_the_time_of_the_page(client, owner):
    page = make_page(time_zone="Europe/Berlin")
    path = f"/status-pages/{page.pk}/publish/?kind=maintenance"
    sent = {
        "title": "Upgrade",
        "state": "scheduled",
        "body": "Short.",
        "starts": "2027-01-10T22:00",
        "ends": "2027-01-10T21:00",
    }

    refused = client.post(path, sent)
    assert (refused.status_code, "It must end after it starts." in words(refused)) == (422, True)
    client.post(path, sent | {"ends": "2027-01-11T02:00"})

    report = StatusReport.objects.get()
    assert f"{report.starts_at:%d %H:%M} {report.ends_at:%d %H:%M}" == "10 21:00 11 01:00"
    assert report.impact == "maintenance"


def test_the_next_update_begins_with_how_things_are(client, owner):
    page = make_page()
    report = make_report(page)
    path, shop = report.get_absolute_url(), component(page).pk
    form = client.get(path).context["form"]
    assert (form["state"].value(), form[f"component_{shop}"].value()) == (
        "investigating",
        "partial_outage",
    )

    client.post(path, {"state": "resolved", "body": "Done.", f"component_{shop}": "major_outage"})

    report.refresh_from_db()
    assert (report.state, report.resolved_at is None) == ("resolved", False)
    assert report.updates.first().effects == {}


def test_a_template_fills_in_the_form(client, owner):
    page = make_page()
    template = StatusTemplate.objects.create(
        name="Payments",
        title="Payments are delayed",
        body="We wait for the bank.",
        state="identified",
    )
    path = f"/status-pages/{page.pk}/publish/"
    assert "Fill in the template" in words(client.get(path))

    form = client.get(path, {"template": template.pk}).context["form"]

    assert [form[name].value() for name in ("title", "state", "body")] == [
        "Payments are delayed",
        "identified",
        "We wait for the bank.",
    ]


def test_a_report_can_be_put_right_and_taken_from_the_page(client, owner):
    report = make_report(make_page())
    path = report.get_absolute_url()

    client.post(f"{path}change/", {"title": "Cards fail", "impact": "minor"})
    report.refresh_from_db()
    assert (report.title, report.impact) == ("Cards fail", "minor")

    client.post(f"{path}withdraw/")
    assert not StatusReport.objects.exists()


def test_who_may_not_publish_reads_only(client):
    client.force_login(make_person("Responder"))
    page = make_page()
    report = make_report(page)

    assert "Publish an incident" not in words(client.get(page.get_absolute_url()))
    assert "Next update" not in words(client.get(report.get_absolute_url()))
    answered = client.post(report.get_absolute_url(), {"state": "resolved", "body": "x"})
    assert answered.status_code == 200
    report.refresh_from_db()
    assert report.state == "investigating"


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"state": ReportState.SCHEDULED}, "state"),
        ({"effects": {999999: ComponentStatus.MAJOR_OUTAGE}}, "effects"),
        ({"starts_at": timezone.now() + timedelta(days=1)}, "starts_at"),
    ],
)
def test_what_cannot_be_is_not_published(fields, word):
    draft = {"title": "x", "body": "x", "state": ReportState.INVESTIGATING} | fields

    with pytest.raises(InvalidRequest, match=word):
        publish(make_page(), Draft(**draft))


def test_the_api_makes_a_page_and_publishes_on_it(client, owner):
    def post(path, body):
        return client.post(f"/api/v1/{path}", body, content_type="application/json")

    made = post(
        "status-pages/",
        {"name": "Acme", "slug": "acme", "is_published": True, "components": [{"name": "Shop"}]},
    )
    assert made.status_code == 201, made.content
    page = made.json()
    assert page["url"] == "http://localhost:8000/status/acme/"
    shop = page["components"][0]["id"]
    effect = {"component": shop, "status": "major_outage"}
    body = {"page": page["id"], "title": "Down", "body": "x", "state": "investigating"}
    report = post("status-reports/", body | {"effects": [effect]}).json()
    assert (report["impact"], report["updates"][0]["effects"]) == ("critical", [effect])
    said = post(f"status-reports/{report['id']}/say/", {"state": "resolved", "body": "Up."})
    assert (said.status_code, said.json()["state"]) == (201, "resolved")
    names = [{"id": shop, "name": "Store"}, {"name": "Shop"}]
    changed = client.patch(
        f"/api/v1/status-pages/{page['id']}/",
        {"components": names},
        content_type="application/json",
    ).json()
    assert [one["name"] for one in changed["components"]] == ["Store", "Shop"]
    assert changed["components"][0]["id"] == shop
    assert post("status-pages/", {"name": "Other", "slug": "acme"}).status_code == 400
