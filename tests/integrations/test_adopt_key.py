import pytest

from incidents.errors import InvalidRequest
from integrations.models import Integration
from integrations.setup import adopt_key
from tests.api import owner
from tests.factories import make_integration, make_service
from tests.integrations.pages import admin_browser, browser, text_of
from tests.integrations.posting import FAILURE, log, post, work

THEIRS = "7b0e1b6c-52a6-4f7c-9f0e-1d9f2f9f3c11"


@pytest.mark.django_db
def test_the_address_of_another_pager_opens_the_integration_from_then_on(client):
    integration = make_integration("odown")
    old = integration.token

    adopted = adopt_key.adopt_token(integration.pk, THEIRS)

    assert post(client, adopted, FAILURE).status_code == 202
    integration.token = old
    assert post(client, integration, FAILURE).status_code == 404
    work()
    assert log() == ["Mapped (opened)"]


@pytest.mark.parametrize("token", ["", "short", "x" * 129, "with space", "a/b/c/d/e", "päge-duty"])
@pytest.mark.django_db
def test_what_cannot_stand_in_an_address_is_refused(token):
    integration = make_integration()

    with pytest.raises(InvalidRequest, match="8 to 128 characters"):
        adopt_key.adopt_token(integration.pk, token)

    assert Integration.objects.get().token == integration.token


@pytest.mark.django_db
def test_a_key_that_is_in_use_is_refused():
    adopt_key.adopt_token(make_integration().pk, THEIRS)

    with pytest.raises(InvalidRequest, match="another integration"):
        adopt_key.adopt_token(make_integration().pk, THEIRS)


@pytest.mark.django_db
def test_to_adopt_ones_own_key_changes_nothing():
    integration = make_integration()

    assert adopt_key.adopt_token(integration.pk, integration.token).token == integration.token


@pytest.mark.django_db
def test_the_page_takes_the_key_and_shows_the_address():
    integration = make_integration("oncall-formatted-webhook")
    page = admin_browser()

    answer = page.post(f"/integrations/{integration.pk}/adopt/", {"adopt-token": THEIRS})

    assert answer.status_code == 302
    shown = text_of(page.get(answer.url))
    assert f"/integrations/v1/formatted_webhook/{THEIRS}/" in shown


@pytest.mark.django_db
def test_the_page_says_what_is_wrong_with_a_key():
    integration = make_integration()

    answer = admin_browser().post(f"/integrations/{integration.pk}/adopt/", {"adopt-token": "a b"})

    assert answer.status_code == 422
    assert "8 to 128 characters" in text_of(answer)


@pytest.mark.django_db
def test_who_does_not_administer_integrations_adopts_nothing():
    integration = make_integration()

    answer = browser().post(f"/integrations/{integration.pk}/adopt/", {"adopt-token": THEIRS})

    assert answer.status_code == 403


@pytest.mark.django_db
def test_the_api_keeps_a_key_from_the_start_and_later():
    service = make_service()
    api = owner()
    body = {"template": "victorops", "name": "Nagios", "service": service.pk, "token": THEIRS}

    made = api.post("/api/v1/integrations/", body)
    changed = api.patch(f"/api/v1/integrations/{made.json()['id']}/", {"token": "other-key-1"})

    assert (made.status_code, made.json()["key"]) == (201, THEIRS)
    assert "token" not in made.json()
    assert changed.json()["key"] == "other-key-1"


@pytest.mark.django_db
def test_the_api_makes_nothing_where_the_key_cannot_be_kept():
    adopt_key.adopt_token(make_integration().pk, THEIRS)
    body = {"template": "victorops", "service": make_service().pk, "token": THEIRS}

    answer = owner().post("/api/v1/integrations/", body)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert Integration.objects.count() == 1
