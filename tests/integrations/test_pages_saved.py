"""The saved page of an integration, and everything that its buttons do."""

import json

import pytest

from integrations.models import InboundMessage, Integration
from integrations.setup import replay
from tests.factories import make_integration, make_policy, make_service, make_team
from tests.integrations.pages import admin_browser, browser, text_of

pytestmark = pytest.mark.django_db

POSTS = ["basics", "rules", "fields", "signature", "rate", "switch", "clone"]


def page_of(integration, client=None):
    return text_of((client or admin_browser()).get(f"/integrations/{integration.pk}/"))


def test_the_url_stands_on_top_with_copy():
    integration = make_integration("datadog")

    page = page_of(integration)

    assert integration.url in page
    assert page.index(integration.url) < page.index("Basic Settings")
    assert 'data-copy-from="#endpoint"' in page
    assert ">COPY</span>" in page
    assert 'aria-live="polite"' in page
    assert f"integrationId={integration.public_id}" in page


def test_where_the_url_holds_no_token_the_key_stands_openly_beside_it():
    integration = make_integration("opsgenie")

    page = page_of(integration)

    assert integration.token not in integration.url
    assert "The token in it is a secret" not in page
    assert "the key is the secret" in page
    assert f'id="routing-key" class="o-mono" readonly value="{integration.token}"' in page
    assert 'data-copy-from="#routing-key"' in page
    assert page.index("routing-key") < page.index("Other addresses")


def test_a_tool_that_is_given_the_key_by_itself_finds_it_openly_as_well():
    page = page_of(make_integration("events-api-v2"))

    assert "The token in it is a secret" in page
    assert page.count('id="routing-key"') == 1
    assert page.index("routing-key") < page.index("Other addresses")


def test_elsewhere_the_key_is_behind_a_click():
    page = page_of(make_integration("datadog"))

    assert page.count('id="routing-key"') == 1
    assert page.index("Other addresses and the key") < page.index("routing-key")


def test_the_steps_hold_the_url():
    integration = make_integration("datadog")

    page = page_of(integration)

    assert "{{ url }}" not in page
    assert page.count(integration.url) >= 2


@pytest.mark.parametrize("template", ["alertmanager", "generic-webhook", "custom", "sentry"])
def test_both_samples_are_explained(template):
    integration = make_integration(template)

    previews = admin_browser().get(f"/integrations/{integration.pk}/").context["previews"]

    actions = {preview["name"]: preview["events"][0]["action"] for preview in previews[:2]}
    assert actions == {"open": "trigger", "close": "resolve"}


def test_an_integration_whose_template_is_gone_still_has_its_page():
    integration = make_integration()
    Integration.objects.update(template="gone")

    assert integration.url in page_of(integration)


def test_members_of_the_service_see_neither_url_nor_forms():
    client = browser("Responder")
    integration = make_integration(service=make_service(team=make_team(client.user)))

    page = page_of(integration, client)

    assert integration.name in page
    assert integration.token not in page
    assert "Basic Settings" not in page


def test_others_do_not_find_it():
    assert browser("Responder").get(f"/integrations/{make_integration().pk}/").status_code == 404


@pytest.mark.parametrize("button", POSTS)
def test_buttons_need_the_entitlement(button):
    client = browser("Responder")
    integration = make_integration(service=make_service(team=make_team(client.user)))

    assert client.post(f"/integrations/{integration.pk}/{button}/").status_code == 403


@pytest.mark.parametrize("button", POSTS)
def test_a_get_on_a_button_changes_nothing(button):
    integration = make_integration()

    assert admin_browser().get(f"/integrations/{integration.pk}/{button}/").status_code == 405


def test_basic_settings_are_changed():
    policy = make_policy()
    integration = make_integration(service=make_service(policy))
    sent = {"name": "Renamed", "service": integration.service_id, "mode": "policy", "sequence": "3"}

    admin_browser().post(f"/integrations/{integration.pk}/basics/", sent)

    integration.refresh_from_db()
    assert (integration.name, integration.sequence) == ("Renamed", 3)
    assert not integration.is_enabled


def test_an_error_of_basic_settings_stands_beside_its_field():
    integration = make_integration(service=make_service(make_policy()))
    sent = {"name": "", "service": integration.service_id, "mode": "policy", "sequence": "-1"}

    answer = admin_browser().post(f"/integrations/{integration.pk}/basics/", sent)

    assert answer.status_code == 422
    assert set(answer.context["basic_form"].errors) == {"name", "sequence"}


def test_rules_are_saved_when_they_can_work():
    integration = make_integration()
    rules = {**integration.rules, "filters": {"all": [{"path": "env", "values": ["prod"]}]}}

    admin_browser().post(
        f"/integrations/{integration.pk}/rules/", {"rules": json.dumps(rules), "do": "save"}
    )

    integration.refresh_from_db()
    assert integration.rules == rules


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"fields": ', "line 1"),
        ('{"feilds": {}}', "did you mean fields?"),
        ("[]", "write a table"),
    ],
)
def test_rules_that_cannot_work_are_explained_and_not_saved(text, said):
    integration = make_integration()

    answer = admin_browser().post(
        f"/integrations/{integration.pk}/rules/", {"rules": text, "do": "save"}
    )

    assert answer.status_code == 422
    assert said in " ".join(answer.context["rules_form"].errors["rules"])
    before = integration.rules
    integration.refresh_from_db()
    assert integration.rules == before


def test_a_preview_of_rules_saves_nothing():
    integration = make_integration("custom")
    rules = {**integration.rules, "fields": {**integration.rules["fields"], "subject": "id"}}

    answer = admin_browser().post(
        f"/integrations/{integration.pk}/rules/", {"rules": json.dumps(rules), "do": "preview"}
    )

    event = answer.context["previews"][0]["events"][0]
    assert event["fields"]["subject"]["rule"] == "id"
    before = integration.rules
    integration.refresh_from_db()
    assert integration.rules == before


def test_reset_brings_the_rules_of_the_template_back():
    integration = make_integration(rules={"source": "Mine"})

    admin_browser().post(f"/integrations/{integration.pk}/rules/", {"do": "reset"})

    integration.refresh_from_db()
    assert integration.rules != {"source": "Mine"}


def test_the_field_mapping_shows_what_it_was_and_changes_it():
    integration = make_integration(
        "generic-webhook", field_mapping={"summaryField": "what", "triggerValues": ["bad"]}
    )
    client = admin_browser()

    shown = client.get(f"/integrations/{integration.pk}/").context["fields_form"].initial
    client.post(f"/integrations/{integration.pk}/fields/", {"summaryField": "a.b, c"})

    integration.refresh_from_db()
    assert shown == {"summaryField": "what", "triggerValues": "bad"}
    assert integration.rules["fields"]["subject"] == ["a.b", "c"]


def test_a_given_secret_is_never_shown():
    integration = make_integration()
    sent = {"provider": "github", "secret": "between-us-only"}

    answer = admin_browser().post(f"/integrations/{integration.pk}/signature/", sent, follow=True)

    integration.refresh_from_db()
    assert "between-us-only" in integration.signature_secret
    assert "between-us-only" not in text_of(answer)


def test_a_removed_secret_takes_unsigned_messages_again():
    integration = make_integration(signature_provider="github", signature_secret="s")

    admin_browser().post(f"/integrations/{integration.pk}/signature/", {"do": "clear"})

    integration.refresh_from_db()
    assert (integration.signature_provider, integration.signature_secret) == ("", "")


@pytest.mark.parametrize(("sent", "kept"), [("", None), ("0", 0), ("300", 300)])
def test_the_rate_limit_is_a_number_none_or_the_default(sent, kept):
    integration = make_integration(rate_limit=7)

    admin_browser().post(f"/integrations/{integration.pk}/rate/", {"rate_limit": sent})

    integration.refresh_from_db()
    assert integration.rate_limit == kept


def test_rotating_asks_first_and_then_makes_the_url_new():
    integration = make_integration()
    client = admin_browser()

    asked = client.get(f"/integrations/{integration.pk}/rotate/")
    unchanged = Integration.objects.get().token == integration.token
    client.post(f"/integrations/{integration.pk}/rotate/", {"overlap": "0"})

    assert asked.status_code == 200
    assert unchanged
    assert Integration.objects.get().token != integration.token


def test_deleting_asks_first_and_keeps_the_log():
    integration = make_integration("alertmanager", policy=make_policy())
    client = admin_browser()
    replay.send_sample(integration.pk)

    asked = client.get(f"/integrations/{integration.pk}/delete/")
    client.post(f"/integrations/{integration.pk}/delete/")

    assert asked.status_code == 200
    assert not Integration.objects.exists()
    assert InboundMessage.objects.get().integration is None


def test_a_clone_shares_the_url_and_comes_after():
    integration = make_integration("datadog", sequence=4)

    admin_browser().post(f"/integrations/{integration.pk}/clone/")

    clone = Integration.objects.exclude(pk=integration.pk).get()
    assert clone.token == integration.token
    assert clone.sequence == 5
    assert clone.rules == integration.rules
    assert clone.public_id != integration.public_id


def test_names_are_text_and_never_markup():
    integration = make_integration(name="<script>alert(1)</script>")

    page = page_of(integration)

    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
