import pytest

from incidents.models import Incident
from tests.factories import make_policy, make_service, make_team
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
    assert f"#{incident.pk} is open, and people are being told." in words(response)


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
