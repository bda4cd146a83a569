"""A login in between loses nothing: what was sent is asked for again, and done by its button."""

import html
import re

import pytest
from django.test import Client

from escalation.actions import start
from incidents.actions import respond
from incidents.models import ApiKey
from tests.factories import make_incident, make_policy, make_service, make_team
from tests.pages import browser, make_person, words

pytestmark = pytest.mark.django_db
PASSWORD = "a long enough password"


@pytest.fixture
def ana():
    person = make_person("Owner", name="Ana")
    person.set_password(PASSWORD)
    person.save()
    return person


@pytest.fixture
def incident(ana):
    service = make_service(make_policy(ana, ana), team=make_team(ana))
    return start.open_incident(service, "Disk full")


def form_in(response):
    """(action, fields) of the last form of a page, as a browser sends it."""
    page = response.content.decode()
    form = re.findall(r"<form[^>]*>.*?</form>", page, re.DOTALL)[-1]
    fields = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name = re.search(r'name="([^"]*)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        if name:
            values = fields.setdefault(html.unescape(name[1]), [])
            values.append(html.unescape(value[1]) if value else "")
    return html.unescape(re.search(r'action="([^"]*)"', form)[1]), fields


def log_in(client, response, person):
    """Log in where a response leads to, and follow."""
    page = client.get(response["Location"]) if response.status_code == 302 else response
    action, fields = form_in(page)
    fields |= {"username": person.email, "password": PASSWORD}
    return client.post(action, fields, follow=True)


def press(client, page):
    action, fields = form_in(page)
    return client.post(action, fields, follow=True)


@pytest.mark.parametrize(
    ("path", "fields", "entry"),
    [
        ("acknowledge", {}, "acknowledged"),
        ("resolve", {"note": "A full disk; emptied & checked"}, "resolved"),
        ("resolve", {"cancelled": "1"}, "resolved"),
        ("snooze", {"choice": "1h"}, "snoozed"),
        ("comment", {"text": "Line one\nline <two>"}, "commented"),
        ("escalate", {}, "escalated"),
    ],
)
def test_after_the_login_the_page_asks_and_its_button_does_it(ana, incident, path, fields, entry):
    client = Client(enforce_csrf_checks=True)
    token = token_of(client)
    url = f"/incidents/{incident.pk}/{path}/"

    interrupted = client.post(url, {**fields, "csrfmiddlewaretoken": token})
    asked = log_in(client, interrupted, ana)
    before = incident.timeline.filter(verb=entry, by=ana).exists()
    done = press(client, asked)

    assert asked.status_code == 200
    assert "Do it now?" in words(asked)
    assert url in words(asked)
    assert not before
    assert done.status_code == 200
    line = incident.timeline.get(verb=entry, by=ana)
    assert line.text in ("The next step, now", *fields.values()) or not line.text


def token_of(client):
    return form_in(client.get("/admin/login/"))[1]["csrfmiddlewaretoken"][0]


def test_several_values_of_one_name_come_through(ana):
    incidents = [make_incident(make_service(team=make_team(ana))) for _ in range(3)]
    client = Client()
    sent = {"do": "resolve", "incident": [row.pk for row in incidents[:2]], "next": "/incidents/"}

    asked = log_in(client, client.post("/incidents/bulk/", sent), ana)
    press(client, asked)

    for row in incidents:
        row.refresh_from_db()
    assert [row.status for row in incidents] == ["resolved", "resolved", "open"]


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        (
            "/admin/incidents/team/add/",
            {
                "name": "Night",
                "contacts-TOTAL_FORMS": "0",
                "contacts-INITIAL_FORMS": "0",
                "memberships-TOTAL_FORMS": "0",
            },
        ),
        ("/services/new/", {"name": "Checkout", "description": "Typed with care"}),
        ("/me/profile/", {"name": "Ana F.", "time_zone": "Asia/Tokyo"}),
        ("/admin/integrations/mailaccount/add/", {"name": "Ops", "host": "imap.example"}),
        ("/incidents/new/", {"title": "The shop is down"}),
    ],
)
def test_forms_of_every_kind_keep_what_was_typed(ana, path, fields):
    client = Client()

    asked = log_in(client, client.post(path, fields), ana)

    action, kept = form_in(asked)
    assert action == path
    assert {name: kept[name] for name in fields} == {k: [v] for k, v in fields.items()}


def test_what_is_kept_survives_a_wrong_password(ana, incident):
    client = Client()
    first = client.post(f"/incidents/{incident.pk}/comment/", {"text": "Kept"})
    action, fields = form_in(first)

    again = client.post(action, {**fields, "username": ana.email, "password": "wrong"})
    press(client, log_in(client, again, ana))

    assert incident.timeline.get(verb="commented").text == "Kept"


def test_secrets_are_kept_and_not_shown(ana):
    client = Client()

    asked = log_in(client, client.post("/me/keys/", {"name": "x", "secret_word": "hunter2"}), ana)

    assert "hunter2" not in words(asked)
    assert form_in(asked)[1]["secret_word"] == ["hunter2"]
    assert asked["Cache-Control"] == "no-store"


def test_files_are_asked_for_again_with_a_sentence(ana, tmp_path):
    sample = tmp_path / "sample.json"
    sample.write_text("{}")
    client = Client()
    with sample.open() as file:
        sent = client.post("/services/new/", {"name": "Checkout", "sample": file})

    asked = log_in(client, sent, ana)

    assert "Files cannot be kept: choose sample again" in words(asked)
    assert "Do it now</button>" not in asked.content.decode()


def test_what_is_too_large_is_not_kept_and_says_so():
    response = Client().post("/services/new/", {"description": "x" * (1024 * 1024 + 1)})

    assert response.status_code == 401
    assert "too large to be kept" in words(response)
    assert len(response.content) < 100_000


@pytest.mark.parametrize("kept", ["", "nonsense", "eyJwYXRoIjoiLyJ9:1abc:def"])
def test_what_nobody_signed_is_not_asked_for(ana, kept):
    client = browser(ana)

    assert client.get("/interrupted/", {"kept": kept})["Location"] == "/"


def test_a_forged_field_of_the_login_leads_home(ana):
    client = Client()
    wanted = {"username": ana.email, "password": PASSWORD, "next": "/", "interrupted": "forged"}

    assert client.post("/admin/login/", wanted)["Location"] == "/"


def test_an_address_for_buttons_asks_who_opens_it(ana, incident):
    page = browser(ana).get(f"/incidents/{incident.pk}/acknowledge/")

    assert page.status_code == 405
    assert "Do it now?" in words(page)
    incident.refresh_from_db()
    assert incident.is_open


# Scripts of a page -----------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/incidents/", "/services/", "/changes/", "/inbound-log/"])
def test_a_live_region_never_gets_the_login(path):
    answer = Client().get(path, headers={"HX-Request": "true"})

    assert answer.status_code == 401
    assert answer.json()["code"] == "not_authenticated"


def test_a_script_that_posts_gets_no_login_either(incident):
    answer = Client().post(
        f"/incidents/{incident.pk}/acknowledge/", headers={"Sec-Fetch-Mode": "cors"}
    )

    assert answer.status_code == 401


def test_the_pulse_knows_a_session_from_none(ana):
    assert browser(ana).get("/pulse").status_code == 204
    assert Client().get("/pulse").status_code == 401


def test_the_pulse_counts_what_nobody_has_yet(ana, incident):
    assert browser(ana).get("/pulse")["X-Open-Incidents"] == "1"

    respond.acknowledge(incident.pk, by=ana)
    other = make_person("Responder")

    assert browser(other).get("/pulse")["X-Open-Incidents"] == "0"
    assert "X-Open-Incidents" not in Client().get("/pulse")


def test_the_pulse_of_who_may_not_open_the_portal_any_more_is_none(ana):
    client = browser(ana)
    ana.is_staff = False
    ana.save()

    assert client.get("/pulse").status_code == 401


# A stale token -----------------------------------------------------------------------------


def strict(person):
    client = Client(enforce_csrf_checks=True)
    client.force_login(person)
    return client


def test_a_stale_token_is_our_page_with_the_button_again(ana, incident):
    client = strict(ana)

    page = client.post(
        f"/incidents/{incident.pk}/resolve/",
        {"note": "Typed", "csrfmiddlewaretoken": "x" * 64},
        headers={"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"},
    )
    incident.refresh_from_db()
    before = incident.status
    press(client, page)

    assert page.status_code == 403
    assert "This page was too old" in words(page)
    assert before == "open"
    assert incident.timeline.get(verb="resolved").text == "Typed"


def test_a_stale_token_without_a_session_leads_to_the_login_and_keeps_what_was_typed(ana, incident):
    client = Client(enforce_csrf_checks=True)

    login = client.post(f"/incidents/{incident.pk}/comment/", {"text": "Kept"})
    press(client, log_in(client, login, ana))

    assert incident.timeline.get(verb="commented").text == "Kept"


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("ops.example.com", "https://ops.example.com"),
        ("ops.example.com:8443", "https://ops.example.com:8443"),
        # The proxy left the port out of Host: SITE_URL has it.
        ("ops.example.com", "https://ops.example.com:8443"),
        ("127.0.0.1:8000", "https://ops.example.com:8443"),
    ],
)
def test_behind_a_proxy_with_tls_a_form_is_taken(ana, incident, settings, host, origin):
    settings.ALLOWED_HOSTS = ["*"]
    settings.CSRF_TRUSTED_ORIGINS = [settings.SITE_URL, "https://ops.example.com:8443"]
    client, secure = strict(ana), {"X-Forwarded-Proto": "https", "Host": host}
    page = client.get(incident.get_absolute_url(), headers=secure)

    answer = client.post(
        f"/incidents/{incident.pk}/acknowledge/",
        {"csrfmiddlewaretoken": page.context["csrf_token"]},
        headers={**secure, "Origin": origin},
    )

    incident.refresh_from_db()
    assert (answer.status_code, incident.status) == (302, "acknowledged")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://testserver.evil.example"},
    ],
)
def test_what_another_site_sent_is_never_offered_again(ana, incident, headers):
    page = strict(ana).post(f"/incidents/{incident.pk}/resolve/", headers=headers)

    assert page.status_code == 403
    assert "Nothing was done" in words(page)
    assert "<form" not in page.content.decode()


def test_a_stale_login_never_shows_its_password(ana):
    page = Client(enforce_csrf_checks=True).post(
        "/admin/login/", {"username": ana.email, "password": PASSWORD}
    )

    assert page.status_code == 403
    assert "This login page was too old" in words(page)
    assert PASSWORD not in page.content.decode()


def test_the_api_says_it_in_json(ana):
    answer = strict(ana).post("/api/v1/services/", {"name": "x"}, content_type="application/json")

    assert answer.status_code == 403
    assert "CSRF" in answer.json()["detail"]


def test_a_script_of_a_page_gets_json_for_a_stale_token(ana, incident):
    answer = strict(ana).post(f"/incidents/{incident.pk}/resolve/", headers={"HX-Request": "true"})

    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")


def test_nothing_is_stored_for_who_is_not_logged_in(django_assert_num_queries):
    with django_assert_num_queries(0):
        Client().post("/me/keys/", {"name": "x", "scopes": ["config:read"]})

    assert not ApiKey.objects.exists()
