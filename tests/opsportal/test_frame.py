import re

import pytest
from django.conf import settings
from django.contrib import admin
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils.functional import empty

from opsportal.web.admin_site import PortalAdminSite
from tests.factories import make_incident, make_service, make_team
from tests.pages import browser, make_person, words

pytestmark = pytest.mark.django_db
PAGES = ["/", "/incidents/", "/services/", "/me/", "/admin/"]


@pytest.fixture(autouse=True)
def fresh_counts():
    cache.clear()


@pytest.mark.parametrize("path", PAGES)
def test_no_page_has_scripts_or_handlers_of_its_own_in_its_markup(path):
    page = browser(make_person("Owner")).get(path).content.decode()

    scripts = re.findall(r"<script\b[^>]*>([^<]*)", page)
    assert not any(script.strip() for script in scripts)
    assert not re.search(r"\son(click|load|change|submit|error)=", page)


@pytest.mark.parametrize("path", [*PAGES, "/admin/login/"])
def test_pages_run_only_scripts_of_the_portal(path):
    policy = browser(make_person("Owner")).get(path, follow=True)["Content-Security-Policy"]

    directives = dict(part.split(" ", 1) for part in policy.split("; "))
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == "'self' 'unsafe-eval'"
    assert directives["frame-ancestors"] == "'none'"


def test_answers_to_machines_carry_no_policy_of_pages():
    assert "Content-Security-Policy" not in Client().get("/healthz")


def test_the_navigation_offers_what_a_person_may_open():
    owner = words(browser(make_person("Owner")).get("/me/"))
    responder = words(browser(make_person("Responder")).get("/me/"))

    assert "Catch-all" in owner
    assert "Catch-all" not in responder
    assert "Inbound Log" in responder


@pytest.mark.parametrize("model", ["failure", "ormq"])
def test_the_navigation_says_where_one_is(model):
    page = browser(make_person("Owner")).get(f"/admin/django_q/{model}/").content.decode()

    here = re.findall(r'<a href="([^"]+)" class="[^"]* active">', page)
    assert here == [reverse("admin:django_q_failure_changelist")]


def test_a_page_works_out_no_list_of_all_models(rf):
    request = rf.get("/me/")
    request.user = make_person("Owner")

    apps = admin.site.each_context(request)["available_apps"]

    assert isinstance(admin.site, PortalAdminSite)
    assert apps._wrapped is empty
    assert "incidents" in [app["app_label"] for app in apps]


@pytest.mark.parametrize("path", PAGES)
def test_every_page_says_the_version_that_runs(path):
    page = words(browser(make_person("Owner")).get(path))

    assert f"Version {settings.VERSION}" in page


def test_the_navigation_counts_what_is_open():
    ana = make_person("Responder")
    service = make_service(team=make_team(ana))
    for _ in range(3):
        make_incident(service)
    make_incident()

    assert "Incidents 3" in words(browser(ana).get("/me/"))


def test_times_are_shown_in_ones_own_zone():
    ana = make_person("Owner", time_zone="Asia/Tokyo")
    incident = make_incident(opened_at="2026-03-02T12:00:00Z")

    page = words(browser(ana).get(f"/incidents/{incident.pk}/"))

    assert "02 Mar 2026, 21:00:00" in page


def test_what_does_not_exist_says_so_kindly():
    response = Client().get("/no-such-page/")

    assert response.status_code == 404
    assert "Page not found" in words(response)


def test_whoever_logs_in_comes_home():
    person = make_person("Owner")
    person.set_password("a long enough password")
    person.save()
    client = Client()
    form = client.get("/admin/login/").content.decode()

    after = re.search(r'name="next" value="([^"]*)"', form)[1]
    wanted = {"username": person.email, "password": "a long enough password", "next": after}
    response = client.post("/admin/login/", wanted)

    assert (response.status_code, response["Location"]) == (302, "/")
