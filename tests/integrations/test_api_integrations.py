import pytest

from incidents.models import ConferenceBridge, Incident
from integrations.catalog import find
from integrations.models import InboundMessage, Integration
from tests.api import make_person, owner, script
from tests.factories import make_integration, make_policy, make_service, make_team

pytestmark = pytest.mark.django_db
LIST = "/api/v1/integrations/"


def test_an_integration_made_by_a_script_takes_messages_at_its_url(client):
    service, policy = make_service(name="Checkout"), make_policy(make_person())
    team, ann = make_team(), make_person()
    bridge = ConferenceBridge.objects.create(name="Ops", meeting_url="https://meet.example/ops")
    body = {
        "template": "alertmanager",
        "name": "Production",
        "service": "Checkout",
        "policy": policy.pk,
        "teams": [team.name],
        "users": [ann.email],
        "sequence": 3,
        "conference_bridge": bridge.name,
    }

    answer = owner().post(LIST, body)

    found = answer.json()
    assert answer.status_code == 201, found
    assert (found["service"], found["policy"], found["play"]) == (service.pk, policy.pk, None)
    assert found["conference_bridge"] == bridge.pk
    assert (found["teams"], found["users"], found["sequence"]) == ([team.pk], [ann.pk], 3)
    assert found["key"] in found["url"]
    assert found["integrationId"] == found["public_id"]
    assert found["rules"] == find("alertmanager").rules
    path = found["url"].partition("//")[2].partition("/")[2]
    sample = find("alertmanager").sample("open").body
    assert client.post(f"/{path}", sample, content_type="application/json").status_code < 300
    assert InboundMessage.objects.get().integration_id == found["id"]


def test_the_tools_name_is_used_where_none_is_given():
    found = owner().post(LIST, {"template": "grafana", "service": make_service().pk}).json()

    assert found["name"] == find("grafana").name


@pytest.mark.parametrize(
    ("field", "value"),
    [("template", "fax-machine"), ("service", "Nothing"), ("policy", 10**9), ("rate_limit", -1)],
)
def test_a_field_that_cannot_be_used_is_named(field, value):
    body = {"template": "grafana", "service": make_service().pk, field: value}

    answer = owner().post(LIST, body)

    assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])
    assert not Integration.objects.exists()


def test_a_policy_and_a_play_together_are_refused():
    client = owner()
    play = client.post("/api/v1/plays/", {"name": "All", "tiers": []}).json()["id"]
    integration = make_integration(policy=make_policy())
    path = f"{LIST}{integration.pk}/"

    both = client.patch(path, {"play": play})
    instead = client.patch(path, {"play": play, "policy": None})

    assert (both.status_code, list(both.json()["fields"])) == (400, ["play"])
    assert (instead.json()["policy"], instead.json()["play"]) == (None, play)


def test_rules_that_cannot_work_are_refused_with_their_places():
    integration = make_integration()

    answer = owner().patch(f"{LIST}{integration.pk}/", {"rules": {"feilds": {}}, "name": "New"})

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_rules")
    assert answer.json()["fields"]["rules"][0]["where"] == "feilds"
    integration.refresh_from_db()
    assert integration.rules == find("odown").rules
    assert integration.name != "New"


def test_a_generic_webhook_takes_a_field_mapping():
    body = {
        "template": "generic-webhook",
        "service": make_service().pk,
        "field_mapping": {"summaryField": "headline", "resolveValues": ["gone"]},
    }
    client = owner()

    made = client.post(LIST, body).json()
    shown = client.post(
        f"{LIST}{made['id']}/preview/", {"body": {"headline": "Fire", "status": "gone"}}
    )

    assert made["rules"]["fields"]["subject"] == ["headline"]
    assert shown.status_code == 200, shown.json()
    assert "Fire" in shown.content.decode()


def test_a_field_mapping_that_cannot_work_is_refused_and_the_rules_stay():
    integration, client = make_integration("generic-webhook"), owner()

    answer = client.patch(f"{LIST}{integration.pk}/", {"field_mapping": {"summaryField": "a..b"}})

    assert answer.status_code == 400
    assert "a..b" in answer.json()["detail"]
    integration.refresh_from_db()
    assert integration.rules == find("generic-webhook").rules


def test_a_preview_says_where_a_routing_leads_each_event():
    integration, policy = make_integration(), make_policy()
    rows = [{"start": "00:00", "end": "24:00", "policy": policy.pk}]
    client = owner()

    led = client.post(
        f"{LIST}{integration.pk}/preview/", {"sample": "open", "routing": {"overrides": rows}}
    )
    refused = client.post(
        f"{LIST}{integration.pk}/preview/", {"sample": "open", "routing": {"delays": {}}}
    )

    assert led.json()["events"][0]["routing"]["policy"] == policy.pk
    assert refused.status_code == 400
    assert "did you mean delay?" in refused.json()["detail"]


def test_a_preview_changes_nothing():
    integration, client = make_integration(), owner()

    answer = client.post(f"{LIST}{integration.pk}/preview/", {"sample": "open"})

    assert len(answer.json()["events"]) >= 1
    assert not InboundMessage.objects.exists()
    assert not Incident.objects.exists()


def test_a_body_that_the_rules_do_not_know_is_explained():
    answer = owner().post(f"{LIST}{make_integration().pk}/preview/", {"body": {"x": 1}})

    assert (answer.status_code, answer.json()["code"]) == (400, "unrecognized_payload")


def test_a_test_goes_the_whole_way():
    integration = make_integration()

    answer = owner().post(f"{LIST}{integration.pk}/test/")

    found = answer.json()
    assert (answer.status_code, found["status"], found["is_test"]) == (201, "mapped", True)
    assert Incident.objects.get(pk=found["incident"]).is_test


@pytest.mark.parametrize(("act", "is_enabled"), [("disable", False), ("enable", True)])
def test_switching_twice_is_switching_once(act, is_enabled):
    integration, client = make_integration(is_enabled=not is_enabled), owner()

    answers = [client.post(f"{LIST}{integration.pk}/{act}/") for _ in range(2)]

    assert [answer.json()["is_enabled"] for answer in answers] == [is_enabled] * 2


def test_a_new_token_makes_a_new_url():
    integration = make_integration()

    found = owner().post(f"{LIST}{integration.pk}/rotate_token/").json()

    assert found["key"] != integration.token
    assert found["url"] != integration.url


def test_a_signature_secret_goes_in_and_never_comes_out():
    body = {"template": "github", "service": make_service().pk, "signature_secret": "hush-hush"}
    client = owner()

    made = client.post(LIST, body)
    removed = client.patch(f"{LIST}{made.json()['id']}/", {"signature_secret": ""})

    assert "hush-hush" not in made.content.decode()
    assert made.json()["has_signature_secret"] is True
    assert made.json()["signature_provider"] == "github"
    assert removed.json()["has_signature_secret"] is False


def test_a_template_stays():
    integration = make_integration()

    answer = owner().patch(f"{LIST}{integration.pk}/", {"template": "grafana"})

    assert list(answer.json()["fields"]) == ["template"]


def test_what_was_read_can_be_written_back_unchanged():
    integration, client = make_integration(policy=make_policy(), rate_limit=7), owner()
    before = client.get(f"{LIST}{integration.pk}/").json()

    after = client.put(f"{LIST}{integration.pk}/", before)

    assert after.status_code == 200, after.json()
    assert {**after.json(), "changed_at": None} == {**before, "changed_at": None}


def test_the_url_is_hidden_from_who_only_looks():
    member = make_person("Responder")
    integration = make_integration(service=make_service(team=make_team(member)))
    path = f"{LIST}{integration.pk}/"

    looks = [script(member).get(path), script(make_person("Owner"), "config:read").get(path)]

    assert [answer.status_code for answer in looks] == [200, 200]
    assert all(integration.token not in answer.content.decode() for answer in looks)


def test_only_who_administers_integrations_changes_them():
    member = make_person("Responder")
    service = make_service(team=make_team(member))
    integration, client = make_integration(service=service), script(member)
    path = f"{LIST}{integration.pk}/"

    answers = [
        client.patch(path, {"name": "x"}),
        client.delete(path),
        client.post(LIST, {"template": "grafana", "service": service.pk}),
        *(client.post(f"{path}{act}/") for act in ("rotate_token", "disable", "test", "preview")),
    ]

    assert {answer.status_code for answer in answers} == {403}
    assert "InboundIntegrations_GlobalAccess" in answers[0].json()["detail"]


def test_an_integrations_admin_needs_no_other_role():
    client = script(make_person("Integrations Admin"))
    service = client.post("/api/v1/services/", {"name": "Checkout"})

    answer = client.post(LIST, {"template": "grafana", "service": "Checkout"})

    assert (service.status_code, answer.status_code) == (201, 201), answer.json()


def test_a_deleted_integration_leaves_its_messages():
    integration, client = make_integration(), owner()
    client.post(f"{LIST}{integration.pk}/test/")

    answer = client.delete(f"{LIST}{integration.pk}/")

    assert answer.status_code == 204
    assert InboundMessage.objects.get().integration is None


def test_the_catalog_is_searched_by_name_and_category():
    client = owner()

    every = client.get("/api/v1/templates/").json()["results"]
    found = client.get("/api/v1/templates/?search=GRAFA").json()["results"]

    assert len(every) > len(found)
    assert "grafana" in [row["template"] for row in found]


def test_a_template_shows_its_rules_and_samples():
    found = owner().get("/api/v1/templates/alertmanager/").json()

    assert found["rules"] == find("alertmanager").rules
    assert {"open", "close"} <= set(found["samples"])
    assert owner().get("/api/v1/templates/fax-machine/").status_code == 404


def test_routing_is_written_and_read_and_refused_with_its_place():
    client, routing = owner(), {"delay": {"rule": "minutes", "minutes": 5}}
    made = client.post(
        LIST, {"template": "odown", "service": make_service().pk, "routing": routing}
    ).json()

    assert made["routing"] == routing
    wrong = client.patch(f"{LIST}{made['id']}/", {"routing": {"delay": {"rule": "minutes"}}})
    assert wrong.status_code == 400
    assert wrong.json()["fields"]["rules"][0]["where"] == "delay.minutes"
    changed = client.patch(f"{LIST}{made['id']}/", {"routing": {"close_after_minutes": 5}})
    assert changed.json()["routing"] == {"close_after_minutes": 5}


def test_the_api_takes_types_as_the_guide_spells_them():
    service = make_service()
    made = owner().post(LIST, {"template": "UPTIME_KUMA", "service": service.pk}).json()
    one = f"{LIST}{made['id']}/"

    kept = owner().patch(one, {"template": "UPTIME_KUMA", "name": "Renamed"})
    other = owner().patch(one, {"template": "DATADOG"})
    found = owner().get(f"{LIST}?template=UPTIME_KUMA").json()["results"]
    none = owner().get(f"{LIST}?template=DATADOG").json()["results"]
    template = owner().get("/api/v1/templates/UPTIME_KUMA/").json()

    assert made["template"] == "uptime-kuma"
    assert (kept.status_code, kept.json()["name"]) == (200, "Renamed")
    assert other.status_code == 400
    assert [row["id"] for row in found] == [made["id"]]
    assert none == []
    assert template["template"] == "uptime-kuma"
