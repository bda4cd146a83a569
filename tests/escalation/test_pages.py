import pytest

from incidents.models import Incident
from tests.api import owner
from tests.factories import add_step, make_policy, make_service, make_team, make_user
from tests.pages import browser, make_person, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin():
    return make_person("Group Admin", name="Ada")


@pytest.fixture
def service(admin):
    return make_service(make_policy(admin), team=make_team(admin))


def test_an_incident_opened_by_hand_pages_at_once(admin, service):
    wanted = {"service": service.pk, "title": "Shop is down", "severity": "critical"}

    response = browser(admin).post("/incidents/new/", wanted, follow=True)

    incident = Incident.objects.get()
    assert incident.runs.get().policy == service.default_policy.policy
    assert incident.notifications.filter(user=admin, channel="email").exists()
    said = f"#{incident.pk} is open. It pages Ada; whether it arrives is shown below."
    assert said in words(response)


@pytest.mark.parametrize("path", ["new", "reopen"])
def test_nobody_is_said_to_be_paged_who_cannot_be(admin, service, path):
    admin.contact_methods.update(is_enabled=False)
    wanted = {"service": service.pk, "title": "Shop is down", "severity": "critical"}
    client = browser(admin)
    response = client.post("/incidents/new/", wanted, follow=True)
    incident = Incident.objects.get()

    if path == "reopen":
        client.post(f"/incidents/{incident.pk}/resolve/")
        response = client.post(f"/incidents/{incident.pk}/reopen/", follow=True)

    shown = [(message.level_tag, str(message)) for message in response.context["messages"]]
    assert shown[-1][0] == "warning"
    assert all("being told" not in text for _, text in shown)


def test_escalating_to_nobody_who_can_be_reached_is_no_success(admin):
    service = make_service(make_policy(admin, make_user(email=False)), team=make_team(admin))
    wanted = {"service": service.pk, "title": "Shop is down", "severity": "critical"}
    client = browser(admin)
    client.post("/incidents/new/", wanted, follow=True)

    path = f"/incidents/{Incident.objects.get().pk}/escalate/"
    response = client.post(path, follow=True)

    assert [message.level_tag for message in response.context["messages"]] == ["warning"]


def test_a_first_step_that_waits_has_paged_nobody_yet(admin):
    policy = make_policy()
    add_step(policy, admin, wait_seconds=300)
    service = make_service(policy, team=make_team(admin))
    wanted = {"service": service.pk, "title": "Shop is down", "severity": "critical"}

    response = browser(admin).post("/incidents/new/", wanted, follow=True)

    assert "Nobody is paged yet: the next step is below." in words(response)


def test_another_policy_may_be_chosen(admin, service):
    other = make_policy(admin)
    wanted = {"service": service.pk, "title": "x", "severity": "info", "policy": other.pk}

    browser(admin).post("/incidents/new/", wanted)

    assert Incident.objects.get().runs.get().policy == other


def test_the_form_starts_with_the_service_one_comes_from(admin, service):
    response = browser(admin).get(f"/incidents/new/?service={service.pk}")

    assert f'<option value="{service.pk}" selected>' in response.content.decode()


def test_what_is_missing_is_said_beside_its_field(admin, service):
    response = browser(admin).post("/incidents/new/", {"service": service.pk})

    assert response.status_code == 422
    assert not Incident.objects.exists()
    assert "Title * This field is required." in words(response).replace("error ", "")


def test_nobody_opens_incidents_of_other_teams(admin):
    other = make_service()

    browser(admin).post("/incidents/new/", {"service": other.pk, "title": "x", "severity": "info"})

    assert not Incident.objects.exists()


def test_a_responder_may_not_open_by_hand():
    assert browser(make_person("Responder")).get("/incidents/new/").status_code == 403


@pytest.fixture
def exhausted(admin, service):
    client = browser(admin)
    wanted = {"service": service.pk, "title": "Shop is down", "severity": "critical"}
    client.post("/incidents/new/", wanted)
    incident = Incident.objects.get()
    client.post(f"/incidents/{incident.pk}/escalate/")
    assert incident.runs.get().state == "exhausted"
    return incident


def mails_to(incident, person):
    return incident.notifications.filter(user=person, channel="email").count()


def test_after_the_last_step_escalate_offers_to_start_again_and_to_page_a_person(admin, exhausted):
    page = words(browser(admin).get(f"/incidents/{exhausted.pk}/"))

    assert "Start again from the first step" in page
    assert "Page a person" in page


def test_before_that_it_takes_the_next_step(admin, service):
    wanted = {"service": service.pk, "title": "Shop is down", "severity": "critical"}

    page = browser(admin).post("/incidents/new/", wanted, follow=True)

    assert "Start again" not in words(page)


def test_starting_again_takes_the_first_step_at_once(admin, exhausted):
    path = f"/incidents/{exhausted.pk}/start-again/"

    page = words(browser(admin).post(path, follow=True))

    run = exhausted.runs.first()
    assert (run.paging_round, run.state, run.position) == (2, "escalating", 1)
    assert mails_to(exhausted, admin) == 2
    assert "pages from the first step again. It pages Ada;" in page


def test_starting_again_is_refused_while_steps_are_left(admin, service):
    client = browser(admin)
    wanted = {"service": service.pk, "title": "Shop is down", "severity": "critical"}
    client.post("/incidents/new/", wanted)
    incident = Incident.objects.get()

    page = client.post(f"/incidents/{incident.pk}/start-again/", follow=True)

    assert "There are steps left" in words(page)
    assert incident.runs.count() == 1


def test_a_person_is_paged_by_name_however_often_they_are_asked_for(admin, exhausted):
    bob, client = make_person(name="Bob"), browser(admin)

    pages = [
        client.post(f"/incidents/{exhausted.pk}/page/", {"who": who}, follow=True)
        for who in ("Bob", f"Bob <{bob.email}>", "Nobody")
    ]

    assert mails_to(exhausted, bob) == 2
    assert "Bob is paged" in words(pages[0])
    assert "No colleague, or more than one, is called “Nobody”." in words(pages[2])


def test_paging_a_person_without_an_address_is_no_success(admin, exhausted):
    make_person(name="Bob", email=False)

    page = browser(admin).post(f"/incidents/{exhausted.pk}/page/", {"who": "Bob"}, follow=True)

    assert [message.level_tag for message in page.context["messages"]] == ["warning"]


def test_the_api_starts_again_and_pages_a_person(admin, exhausted):
    bob, api = make_person(name="Bob"), owner()
    path = f"/api/v1/incidents/{exhausted.pk}/"

    paged = api.post(f"{path}page/", {"user": bob.email})
    again = api.post(f"{path}start_again/")
    twice = api.post(f"{path}start_again/")

    assert (paged.status_code, again.status_code, twice.status_code) == (200, 200, 409)
    assert (mails_to(exhausted, bob), mails_to(exhausted, admin)) == (1, 2)
