"""The list of integrations, the gallery, and the Basic Settings of a new one."""

import pytest
from django.utils.html import escape

from incidents.models import ConferenceBridge, Service
from integrations.catalog import all_templates
from integrations.models import Integration
from tests.api import make_person
from tests.factories import make_integration, make_policy, make_service, make_team
from tests.integrations.pages import admin_browser, browser, text_of

pytestmark = pytest.mark.django_db

CLOSED = ["/integrations/add/", "/integrations/add/datadog/"]


def basics(service, **changed):
    fields = {
        "name": "Production",
        "service": service.pk if service else "new",
        "mode": "policy",
        "sequence": "0",
        "is_enabled": "on",
    }
    return {**fields, **changed}


def queries_of(client, url, django_assert_max_num_queries):
    with django_assert_max_num_queries(100) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def test_an_empty_list_leads_to_the_gallery():
    page = text_of(admin_browser().get("/integrations/"))

    assert "No API integrations yet" in page
    assert "/integrations/add/" in page
    assert "ADD API" in page


def test_the_list_offers_its_four_channels_in_order():
    page = text_of(admin_browser().get("/integrations/"))

    places = [page.index(f">{label}</option>") for label in ("API", "Email", "Chat", "Heartbeat")]
    assert places == sorted(places)


def test_search_and_status_narrow_the_list():
    make_integration(name="Kept one")
    make_integration(name="Other", is_enabled=False)
    client = admin_browser()

    found = text_of(client.get("/integrations/?q=kept"))
    disabled = text_of(client.get("/integrations/?status=disabled"))

    assert "Kept one" in found
    assert "Other" not in found
    assert "Other" in disabled
    assert "Kept one" not in disabled


def test_a_longer_list_needs_no_more_queries(django_assert_max_num_queries):
    client = admin_browser()
    make_integration(policy=make_policy())
    few = queries_of(client, "/integrations/", django_assert_max_num_queries)
    for _ in range(19):
        make_integration(policy=make_policy())

    many = queries_of(client, "/integrations/", django_assert_max_num_queries)

    assert many == few


def test_the_switch_disables_and_enables():
    integration = make_integration()
    client = admin_browser()

    client.post(f"/integrations/{integration.pk}/switch/", {"enabled": "0", "from": "list"})
    integration.refresh_from_db()
    was_disabled = not integration.is_enabled
    client.post(f"/integrations/{integration.pk}/switch/", {"enabled": "1", "from": "list"})
    integration.refresh_from_db()

    assert was_disabled
    assert integration.is_enabled


@pytest.mark.parametrize("url", CLOSED)
def test_whoever_lacks_the_entitlement_may_not_add(url):
    assert browser("Responder").get(url).status_code == 403


@pytest.mark.parametrize("url", ["/integrations/", *CLOSED])
def test_strangers_are_led_to_the_login(client, url):
    answer = client.get(url)

    assert answer.status_code == 302
    assert "/login/" in answer["Location"]


def test_responders_see_the_integrations_of_their_services_only():
    client = browser("Responder")
    mine = make_service(team=make_team(client.user))
    make_integration(name="Of my service", service=mine)
    make_integration(name="Of another")

    page = text_of(client.get("/integrations/"))

    assert "Of my service" in page
    assert "Of another" not in page
    assert "ADD API" not in page


def test_the_gallery_shows_every_template_in_alphabetical_order():
    page = text_of(admin_browser().get("/integrations/add/"))

    assert "Recommended" in page
    tools = [t for t in all_templates().values() if t.kind == "api"]
    names = sorted((tool.name for tool in tools), key=str.casefold)
    places = [page.index(f'gallery__tool-name">{escape(name)}<') for name in names]
    assert places == sorted(places)


def test_the_gallery_searches_without_a_script():
    cards = admin_browser().get("/integrations/add/?q=prometheus").context["cards"]

    shown = [card["template"].slug for card in cards if not card["is_hidden"]]

    assert shown == ["alertmanager", "prometheus-server"]


def test_the_gallery_narrows_to_a_category():
    cards = admin_browser().get("/integrations/add/?category=Generic").context["cards"]

    shown = {card["template"].category for card in cards if not card["is_hidden"]}

    assert shown == {"Generic"}


def test_an_unknown_template_is_not_found():
    assert admin_browser().get("/integrations/add/no-such-tool/").status_code == 404


def test_the_form_is_filled_with_the_name_of_the_template():
    page = text_of(admin_browser().get("/integrations/add/datadog/"))

    assert 'value="Datadog"' in page


def test_submit_creates_the_integration_and_opens_its_page():
    policy, team, person = make_policy(), make_team(), make_person()
    service = make_service()
    bridge = ConferenceBridge.objects.create(name="Ops", telephone_number="+1 2")
    sent = basics(
        service, policy=policy.pk, teams=[team.pk], users=[person.pk], conference_bridge=bridge.pk
    )

    answer = admin_browser().post("/integrations/add/datadog/", sent)

    integration = Integration.objects.get()
    assert answer["Location"] == f"/integrations/{integration.pk}/"
    assert (integration.template, integration.name) == ("datadog", "Production")
    assert (integration.service, integration.policy) == (service, policy)
    assert list(integration.teams.all()) == [team]
    assert list(integration.users.all()) == [person]
    assert integration.conference_bridge == bridge


def test_a_new_service_is_made_on_the_way():
    sent = basics(None, new_service="Checkout", policy=make_policy().pk)

    admin_browser().post("/integrations/add/datadog/", sent)

    assert Integration.objects.get().service == Service.objects.get(name="Checkout")


def test_without_a_service_the_form_offers_a_new_one():
    page = text_of(admin_browser().get("/integrations/add/datadog/"))

    assert '<option value="new" selected>' in page


def test_a_service_without_a_policy_needs_one_here():
    form = (
        admin_browser().post("/integrations/add/datadog/", basics(make_service())).context["form"]
    )

    assert "has no policy of its own" in form.errors["policy"][0]
    assert not Integration.objects.exists()


def test_the_policy_of_the_service_is_enough():
    service = make_service(make_policy())

    admin_browser().post("/integrations/add/datadog/", basics(service))

    assert Integration.objects.get().policy is None


def test_the_mode_of_a_play_needs_a_play():
    sent = basics(make_service(make_policy()), mode="play")

    form = admin_browser().post("/integrations/add/datadog/", sent).context["form"]

    assert form.errors["play"] == ["Choose a response play."]


def test_field_mapping_of_a_generic_webhook_becomes_rules():
    sent = basics(make_service(make_policy()), summaryField="what.text", resolveValues="gone, over")

    admin_browser().post("/integrations/add/generic-webhook/", sent)

    rules = Integration.objects.get().rules
    assert rules["fields"]["subject"] == ["what.text"]
    assert rules["close_when"]["values"] == ["gone", "over"]


def test_selected_integrations_are_disabled_in_the_admin():
    integration = make_integration()
    sent = {"action": "disable_selected", "_selected_action": [integration.pk]}

    admin_browser().post("/admin/integrations/integration/", sent)

    integration.refresh_from_db()
    assert not integration.is_enabled


def test_the_switch_on_a_services_tab_leads_back_to_the_tab():
    integration = make_integration(name="Prod", service=make_service(team=make_team()))
    client = admin_browser()
    tab = f"/services/{integration.service_id}/?tab=integrations"
    switch = f"/integrations/{integration.pk}/switch/"

    page = text_of(client.get(tab))
    answer = client.post(switch, {"enabled": "0", "from": "service"})
    off = text_of(client.get(tab))

    integration.refresh_from_db()
    assert f'action="{switch}"' in page
    assert 'role="switch" name="enabled" value="0" aria-checked="true"' in page
    assert "csrfmiddlewaretoken" in page
    assert (answer.status_code, answer["Location"]) == (302, tab)
    assert 'aria-checked="false" aria-label="Prod enabled"' in off
    assert not integration.is_enabled


def test_who_may_not_change_an_integration_sees_its_state_and_no_switch():
    client = browser("Responder")
    service = make_service(team=make_team(client.user))
    integration = make_integration(service=service)

    page = text_of(client.get(f"/services/{service.pk}/?tab=integrations"))
    answer = client.post(f"/integrations/{integration.pk}/switch/", {"enabled": "0"})

    integration.refresh_from_db()
    assert "Enabled" in page
    assert 'role="switch"' not in page
    assert answer.status_code == 403
    assert integration.is_enabled
