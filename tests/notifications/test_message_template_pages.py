"""Settings, Notifications, Message templates, and the same by the API."""

from decimal import Decimal

import pytest

from notifications.models import MessageTemplate
from tests.api import make_person
from tests.factories import make_incident
from tests.notifications.accounts import make_provider
from tests.pages import words
from tests.rows import each

pytestmark = pytest.mark.django_db
LIST = "/settings/notifications/templates/"
SMS = f"{LIST}short/page/all/"
API = "/api/v1/message-templates/"


@pytest.fixture
def admin(client):
    person = make_person("App Admin")
    client.force_login(person)
    client.person = person
    return client


def test_the_hub_leads_to_the_templates_and_each_says_whether_it_is_the_usual_text(admin):
    MessageTemplate.objects.create(kind="short", occasion="page", language="de", text="x")

    hub = admin.get("/settings/").content.decode()
    page = admin.get(LIST)

    assert f'href="{LIST}"' in hub
    assert f'href="{LIST}short/page/de/"' in page.content.decode()
    assert f'href="{LIST}mail/resolved/all/"' in page.content.decode()
    assert "Deutsch" in words(page)


def test_the_usual_text_is_where_one_begins_in_each_language(admin):
    english = admin.get(f"{LIST}mail/page/en/").content.decode()
    german = admin.get(f"{LIST}mail/page/de/").content.decode()

    assert "Severity: {{ severity }}" in english
    assert "Schwere: {{ severity }}" in german
    assert "Reset to default" not in german


def test_a_preview_shows_a_real_incident_with_its_parts_and_price_and_saves_nothing(admin):
    make_provider(unit_price=Decimal("0.05"), currency="EUR")
    incident = make_incident(title="Disk full")
    text = "{{ title }} " + "a" * 150

    page = admin.post(SMS, {"text": text, "incident": incident.pk, "preview": "1"})

    shown = words(page)
    assert f"Disk full {'a' * 150} Reply ack {incident.pk}." in shown
    assert "2 text messages (plain alphabet) · 0.1 EUR" in shown
    assert not MessageTemplate.objects.exists()


def test_a_preview_of_an_incident_that_is_not_there_says_so_at_its_field(admin):
    page = admin.post(SMS, {"text": "{{ title }}", "incident": 999, "preview": "1"})

    assert page.status_code == 422
    assert "There is no incident #999 that you may see." in words(page)


def test_a_template_is_saved_and_reset(admin):
    saved = admin.post(SMS, {"text": "{{ number }}\r\n{{ title }}\r\n", "save": ""}, follow=True)

    row = MessageTemplate.objects.get()
    assert (row.kind, row.occasion, row.language) == ("short", "page", "")
    assert (row.text, row.changed_by) == ("{{ number }}\n{{ title }}", admin.person)
    assert "Reset to default" in words(saved)

    admin.post(f"{SMS}reset/")
    assert not MessageTemplate.objects.exists()


def test_what_is_refused_stays_in_the_form_with_the_mend(admin):
    page = admin.post(SMS, {"text": "{{ titel }}", "save": ""})

    assert page.status_code == 422
    assert "There is no field “titel”. Use one of: ack_url, age," in words(page)
    assert "{{ titel }}" in page.content.decode()


@each("path", ["short/page/fr/", "short/never/all/", "letter/page/all/"])
def test_what_is_no_template_is_not_found(admin, path):
    assert admin.get(LIST + path).status_code == 404


def test_a_stored_template_that_fails_says_so_and_can_be_mended(admin):
    MessageTemplate.objects.create(kind="short", occasion="page", text="{{ x }}", error="Broken")

    assert "Broken" in words(admin.get(LIST))
    assert "Press Preview to see what arrives." in words(admin.get(SMS))


def test_the_api_makes_changes_and_deletes_templates(admin):
    values = {
        "kind": "voice",
        "occasion": "page",
        "language": "de",
        "text": "Achtung. {{ title }}.",
    }
    made = admin.post(API, values, content_type="application/json")
    assert made.status_code == 201, made.content
    url = f"{API}{made.json()['id']}/"

    twice = admin.post(API, values, content_type="application/json")
    wrong = admin.patch(url, {"text": "{{ x }}"}, content_type="application/json")
    changed = admin.patch(url, {"text": "{{ title }}"}, content_type="application/json")

    assert twice.status_code == 400
    assert wrong.status_code == 400
    assert "There is no field “x”" in wrong.content.decode()
    assert changed.json()["text"] == "{{ title }}"
    assert admin.delete(url).status_code == 204
    assert not MessageTemplate.objects.exists()


def test_the_api_previews_the_template_in_use(admin):
    incident = make_incident(title="Disk full")
    values = {"kind": "short", "occasion": "page", "language": "de", "incident": incident.pk}

    found = admin.post(f"{API}preview/", values, content_type="application/json").json()

    assert f"#{incident.pk} Disk full" in found["text"]
    assert "Antwort: ack" in found["text"]
    assert (found["parts"], found["price"], found["chars"]) == (1, None, len(found["text"]))


def test_a_person_chooses_a_language_on_you_and_by_the_api(admin):
    page = {"name": "Ada", "time_zone": "UTC", "phone": "", "language": "de"}
    admin.post("/me/profile/", page)
    assert admin.get("/api/v1/me/").json()["language"] == "de"

    admin.patch("/api/v1/me/", {"language": ""}, content_type="application/json")
    refused = admin.patch("/api/v1/me/", {"language": "fr"}, content_type="application/json")

    admin.person.refresh_from_db()
    assert admin.person.language == ""
    assert refused.status_code == 400
