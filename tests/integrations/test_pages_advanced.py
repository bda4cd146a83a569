"""Advanced Settings: five panels that show, try and save what an integration does."""

import re

import pytest

from integrations.errors import RulesError
from integrations.models import Integration
from integrations.pages.rule_editor import rules_from_post
from integrations.pages.rule_editor.save import TITLES
from integrations.setup import edit
from integrations.setup import routing as integration_routing
from tests.factories import make_integration, make_policy, make_service, make_team
from tests.integrations.pages import admin_browser, browser, text_of
from tests.integrations.posting import post
from tests.pages import words

pytestmark = pytest.mark.django_db


def fields_of(page, panel):
    """What a browser would send of this panel: the names and values of its inputs."""
    form = re.search(rf'name="panel" value="{panel}".*?</form>', page, re.DOTALL)[0]
    form = re.sub(r"<template>.*?</template>", "", form, flags=re.DOTALL)
    sent = {"panel": panel}
    for tag in re.findall(r"<input\b[^>]*>", form):
        name = re.search(r'name="([^"]*)"', tag)
        is_off = 'type="checkbox"' in tag or 'type="radio"' in tag
        if name and not (is_off and not re.search(r"\bchecked\b", tag)):
            value = re.search(r'value="([^"]*)"', tag)
            sent[name[1]] = _plain(value[1]) if value else "on" if is_off else ""
    for name, text in re.findall(
        r'<textarea\b[^>]*name="([^"]*)"[^>]*>\n?(.*?)</textarea>', form, re.S
    ):
        sent[name] = _plain(text)
    for name, options in re.findall(r'<select\b[^>]*name="([^"]*)".*?>(.*?)</select>', form, re.S):
        chosen = re.search(r'<option(?: value="([^"]*)")?[^>]*\bselected>([^<]*)', options)
        chosen = chosen or re.search(r'<option(?: value="([^"]*)")?[^>]*>([^<]*)', options)
        sent[name] = chosen[1] if chosen[1] is not None else chosen[2]
    return sent


def _plain(text):
    pairs = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#x27;", "'"), ("&amp;", "&")]
    for entity, sign in pairs:
        text = text.replace(entity, sign)
    return text


def panel_of(integration, panel, query=""):
    client = admin_browser()
    page = text_of(client.get(f"/integrations/{integration.pk}/?panel={panel}{query}"))
    return client, fields_of(page, panel)


def save(client, integration, sent, do="save"):
    return client.post(f"/integrations/{integration.pk}/advanced/", {**sent, "do": do})


def attempt(client, integration, sent):
    return client.post(f"/integrations/{integration.pk}/advanced/preview/", sent).json()


def test_the_five_panels_stand_there_in_their_order():
    page = text_of(admin_browser().get(f"/integrations/{make_integration().pk}/"))

    places = [page.index(f"</i> {title}") for title in TITLES.values()]
    assert list(TITLES.values()) == [
        "Rules for Opening and Closing an alert",
        "Alert Delaying/Grouping",
        "Filters to match Incoming Json/Form Fields",
        "Escalation Policy Override",
        "Dynamic Recipient Groups",
    ]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("template", "query"),
    [
        ("alertmanager", ""),
        ("haloitsm", ""),
        ("custom", ""),
        ("datadog", "&shape=1"),
        ("github", "&shape=1"),
        ("github", "&shape=all"),
        ("uptime-kuma", "&shape=1"),
    ],
)
@pytest.mark.parametrize("panel", ["rules", "filters"])
def test_saving_a_panel_that_nobody_touched_changes_nothing(template, query, panel):
    integration = make_integration(template)
    client, sent = panel_of(integration, panel, query)

    answer = save(client, integration, sent)

    before = integration.rules
    integration.refresh_from_db()
    assert answer.status_code == 302
    assert integration.rules == before


def test_rules_are_changed_by_what_is_typed():
    integration = make_integration("haloitsm")
    client, sent = panel_of(integration, "rules")
    sent |= {
        "fields.topic.0.text": "Tickets",
        "fields.topic.0.static": "on",
        "fields.subject.2.text": "ticket^id",
        "conditions.open_when.values": "New\nReopened",
        "conditions.open_when.operator": "in",
        "stops": "on",
    }

    save(client, integration, sent)

    rules = Integration.objects.get().rules
    assert rules["fields"]["topic"] == {"static": "Tickets"}
    assert rules["fields"]["subject"][2:] == ["ticket^id"]
    assert rules["open_when"] == {"operator": "in", "values": ["New", "Reopened"]}
    assert rules["ignore_acknowledge"] is False
    assert rules["close_when"] == {"operator": "contains word", "values": ["Closed"]}


def test_only_the_chosen_shape_is_changed():
    integration = make_integration("grafana")
    client, sent = panel_of(integration, "rules", "&shape=1")

    save(client, integration, sent | {"fields.url.0.text": "$.ruleUrl"})

    before, after = integration.rules, Integration.objects.get().rules
    assert after["variants"][1]["fields"]["url"] == "$.ruleUrl"
    assert after["variants"][0] == before["variants"][0]


def test_the_shape_that_reads_the_message_is_shown_first():
    integration = make_integration("grafana")

    page = text_of(admin_browser().get(f"/integrations/{integration.pk}/?shown=sample:open-legacy"))

    assert fields_of(page, "rules")["shape"] == "1"


def test_what_is_wrong_stands_at_its_field_and_nothing_is_lost():
    integration = make_integration("custom")
    client, sent = panel_of(integration, "rules")
    sent |= {
        "fields.subject.0.text": "a..b",
        "fields.topic.0.text": "still here",
        "conditions.close_when.operator": "matches",
        "conditions.close_when.values": "up|(?=x)",
    }

    answer = save(client, integration, sent)

    problems = answer.context["editor"]["problems"]
    assert answer.status_code == 422
    assert set(problems) == {"fields.subject", "conditions.close_when"}
    assert "up|(?=x)\n   ^" in text_of(answer)
    assert fields_of(text_of(answer), "rules")["fields.topic.0.text"] == "still here"
    assert Integration.objects.get().rules == integration.rules


def test_a_row_more_and_a_row_less_need_no_script():
    integration = make_integration("haloitsm")
    client, sent = panel_of(integration, "rules")

    more = save(client, integration, sent, do="add:custom_fields")
    less = save(client, integration, sent, do="remove:custom_fields.0")

    names = [name for name in sent if re.fullmatch(r"custom_fields\.\d+\.name", name)]
    count = len(names)
    assert f"custom_fields.{count}.name" in fields_of(text_of(more), "rules")
    assert f"custom_fields.{count - 1}.name" not in fields_of(text_of(less), "rules")
    assert Integration.objects.get().rules == integration.rules


def test_a_script_gets_the_panel_alone_with_all_that_was_typed():
    integration = make_integration("haloitsm")
    client, sent = panel_of(integration, "rules")
    count = len([name for name in sent if re.fullmatch(r"custom_fields\.\d+\.name", name)])
    half_typed = sent | {
        f"custom_fields.{count}.name": "Half",
        f"custom_fields.{count}.options.0.text": "",
    }

    answer = client.post(
        f"/integrations/{integration.pk}/advanced/",
        half_typed | {"do": "add:custom_fields"},
        headers={"HX-Request": "true"},
    )

    page = text_of(answer)
    assert "<html" not in page
    assert f'name="custom_fields.{count}.name" value="Half"' in page
    assert f'name="custom_fields.{count + 1}.name" value=""' in page
    assert Integration.objects.get().rules == integration.rules


def test_a_row_button_that_names_no_row_changes_nothing():
    integration = make_integration("haloitsm")
    client, sent = panel_of(integration, "rules")

    for do in (
        "remove:custom_fields.99",
        "up:nothing.0",
        "add:custom_fields.0.name.deep",
        "down:",
        "remove:-1",
    ):
        answer = save(client, integration, sent, do=do)
        assert fields_of(text_of(answer), "rules").keys() == sent.keys()


def test_preview_shows_the_values_and_saves_nothing():
    integration = make_integration("haloitsm")
    client, sent = panel_of(integration, "rules")

    answer = save(client, integration, sent | {"fields.topic.0.text": "ticket^team"}, do="preview")

    assert answer.context["editor"]["values"]["fields.topic"] == "1st line"
    assert Integration.objects.get().rules == integration.rules


def test_the_live_preview_says_what_each_field_becomes_and_which_condition_fires():
    integration = make_integration("haloitsm")
    client, sent = panel_of(integration, "rules")

    found = attempt(client, integration, sent | {"shown": "sample:open"})
    closes = attempt(client, integration, sent | {"shown": "sample:close"})
    nothing = attempt(client, integration, sent | {"shown": "sample:in-progress"})

    assert found["values"]["fields.subject"] == "Checkout is down"
    assert found["values"]["custom_fields.0"]
    assert "opens" in found["verdict"]
    assert "closes" in closes["verdict"]
    assert "fits no condition" in nothing["verdict"]


def test_one_broken_field_does_not_hide_what_the_others_become():
    integration = make_integration("haloitsm")
    client, sent = panel_of(integration, "rules")

    found = attempt(client, integration, sent | {"fields.subject.0.text": "a..b"})

    assert "empty name" in found["problems"]["fields.subject"]
    assert found["values"]["fields.source_name"] == "Example Ltd"


def test_messages_of_the_log_and_pasted_text_can_be_tried():
    integration = make_integration("custom", policy=make_policy())
    client, sent = panel_of(integration, "rules")
    from_log = client  # the same browser posts as the tool would
    post(from_log, integration, {"id": "7", "title": "From the log", "status": "open"})
    message = integration.messages.get()
    pasted = {"shown": "pasted", "pasted": "title=From+a+form&status=up"}

    logged = attempt(client, integration, sent | {"shown": f"message:{message.pk}"})
    form = attempt(client, integration, sent | pasted)

    assert logged["values"]["fields.subject"] == "From the log"
    assert form["values"]["fields.subject"] == "From a form"
    assert "closes" in form["verdict"]


def test_messages_of_others_cannot_be_looked_at_by_their_number():
    other = make_integration("custom", policy=make_policy())
    client, sent = panel_of(make_integration("custom"), "rules")
    post(client, other, {"title": "Not yours", "status": "open"})

    mine = Integration.objects.exclude(pk=other.pk).get()
    found = attempt(client, mine, sent | {"shown": f"message:{other.messages.get().pk}"})

    assert "Not yours" not in str(found)
    assert "gone" in found["verdict"]


def test_the_tree_covers_secrets_and_writes_paths_from_the_item():
    integration = make_integration("alertmanager")
    client, sent = panel_of(integration, "rules")
    body = '{"alerts":[{"labels":{"a.b":"1"},"api_key":"hush-hush-1"}],"receiver":"r"}'

    tree = attempt(client, integration, sent | {"shown": "pasted", "pasted": body})["tree"]

    assert 'data-insert="labels.a\\.b"' in tree
    assert 'data-insert="$.receiver"' in tree
    assert "hush-hush-1" not in tree


def test_filters_are_saved_and_tried():
    integration = make_integration("haloitsm")
    client, sent = panel_of(integration, "filters")
    sent |= {
        "filters.all.0.path": "ticket^team",
        "filters.all.0.operator": "contains",
        "filters.all.0.values": "1st",
        "filters.all.0.negate": "on",
    }

    found = attempt(client, integration, sent)
    save(client, integration, sent)

    row = {"path": "ticket^team", "operator": "contains", "values": ["1st"], "negate": True}
    assert "refused by the filter" in found["filters"]
    assert Integration.objects.get().rules["filters"] == {"all": [row]}


def test_a_filter_without_a_field_is_refused_beside_its_row():
    integration = make_integration()
    client, sent = panel_of(integration, "filters")
    blank = {"filters.any.0.operator": "equals", "filters.any.0.path": ""}

    answer = save(client, integration, sent | blank | {"filters.any.1.values": "prod"})

    assert answer.status_code == 422
    assert list(answer.context["editor"]["problems"]) == ["filters.any.0"]


def test_delay_and_grouping_are_saved_and_said_in_words():
    integration = make_integration()
    client, sent = panel_of(integration, "delay")
    sent |= {"is_delayed": "on", "rule": "minutes", "numbers.minutes.minutes": "10"}
    sent |= {"is_grouped": "on", "group_minutes": "5", "by": "a\nb", "pages_again": "on"}

    said = attempt(client, integration, sent)["says"]
    save(client, integration, sent)

    assert Integration.objects.get().routing == {
        "delay": {"rule": "minutes", "minutes": 10},
        "grouping": {"minutes": 5, "by": ["a", "b"]},
    }
    assert said[0].startswith("Pages when it is still open after 10 minutes.")


def test_a_number_that_is_none_is_said_beside_it():
    integration = make_integration()
    client, sent = panel_of(integration, "delay")
    sent |= {"is_delayed": "on", "rule": "support_hours", "hours.0.start": "9 o'clock"}
    sent |= {"hours.0.end": "17:00", "close_after_minutes": "soon", "time_zone": "Berlin"}

    answer = save(client, integration, sent)

    assert answer.status_code == 422
    assert set(answer.context["editor"]["problems"]) == {
        "hours.0",
        "close_after_minutes",
        "time_zone",
    }


def test_overrides_are_saved_in_their_order_and_tried():
    integration = make_integration("haloitsm")
    night, day = make_policy(name="Night"), make_policy(name="Day")
    client, sent = panel_of(integration, "overrides")
    sent |= {
        "overrides.0.days.sat": "on",
        "overrides.0.start": "18:00",
        "overrides.0.end": "08:00",
        "overrides.0.target": f"policy:{night.pk}",
        "overrides.1.when.path": "ticket^team",
        "overrides.1.when.operator": "contains",
        "overrides.1.when.values": "1st",
        "overrides.1.target": f"policy:{day.pk}",
    }

    turned = save(client, integration, sent, do="up:overrides.1")
    found = attempt(client, integration, fields_of(text_of(turned), "overrides"))
    save(client, integration, sent)

    when = {"path": "ticket^team", "operator": "contains", "values": ["1st"]}
    assert Integration.objects.get().routing["overrides"] == [
        {"days": ["sat"], "start": "18:00", "end": "08:00", "policy": night.pk},
        {"when": when, "policy": day.pk},
    ]
    assert found["overrides"] == "If it arrived now, the shown message would use Day (row 1)."


def test_dynamic_groups_are_saved_and_tried():
    integration = make_integration("haloitsm")
    team = make_team()
    client, sent = panel_of(integration, "groups")
    sent |= {
        "groups.0.when.path": "ticket^team",
        "groups.0.when.operator": "matches",
        "groups.0.when.values": "^1st",
        "groups.0.team": str(team.pk),
    }

    found = attempt(client, integration, sent)
    save(client, integration, sent)

    when = {"path": "ticket^team", "operator": "matches", "values": ["^1st"]}
    assert Integration.objects.get().routing["dynamic_groups"] == [{"when": when, "team": team.pk}]
    assert found["groups"] == f"The shown message adds: {team.name}."


def test_what_was_chosen_and_is_gone_is_warned_of():
    policy = make_policy()
    integration = make_integration()
    integration_routing.change_routing(
        integration.pk, {"overrides": [{"days": ["mon"], "policy": policy.pk}]}
    )
    policy.delete()

    page = words(admin_browser().get(f"/integrations/{integration.pk}/"))

    assert "The chosen policy or play is deleted: the Basic Settings apply." in page


def test_the_expert_view_edits_the_same_documents():
    integration = make_integration("custom")
    sent = {"rules": '{"fields": {"subject": "x"}}', "routing": '{"close_after_minutes": 5}'}

    admin_browser().post(f"/integrations/{integration.pk}/rules/", sent | {"do": "save"})

    _, shown = panel_of(integration, "delay")
    assert Integration.objects.get().rules == {"fields": {"subject": "x"}}
    assert shown["close_after_minutes"] == "5"


def test_others_get_rules_out_of_a_posted_panel_or_the_reason_why_not():
    integration = make_integration("haloitsm")
    _, sent = panel_of(integration, "rules")

    rules, routing = rules_from_post(integration, sent | {"fields.subject.0.text": "event"})

    assert rules["fields"]["subject"][0] == "event"
    assert routing == {}
    with pytest.raises(RulesError):
        rules_from_post(integration, sent | {"fields.subject.0.text": "a..b"})


@pytest.mark.parametrize("page", ["advanced/", "advanced/preview/", "sequence/"])
def test_the_panels_need_the_entitlement(page):
    client = browser("Responder")
    integration = make_integration(service=make_service(team=make_team(client.user)))

    assert client.post(f"/integrations/{integration.pk}/{page}").status_code == 403


@pytest.mark.parametrize(
    "sent", [{}, {"panel": "x"}, {"shape": "9"}, {"fields": "x", "event": "²"}]
)
def test_whatever_is_posted_is_answered(sent):
    integration = make_integration("grafana")

    answers = [
        admin_browser().post(f"/integrations/{integration.pk}/advanced/{page}", {**sent, "do": do})
        for page in ("", "preview/")
        for do in ("preview", "up:x.y", "add:nothing")
    ]

    assert {answer.status_code for answer in answers} <= {200, 422}


def test_a_copy_without_a_filter_of_its_own_is_warned_of_everywhere():
    integration = make_integration(name="First")
    client = admin_browser()

    cloned = words(client.post(f"/integrations/{integration.pk}/clone/", follow=True))
    listed = words(client.get("/integrations/"))

    assert "The copy receives nothing yet: First (sequence 0) stands before it" in cloned
    assert "This integration receives nothing: First" in cloned
    assert "receives nothing: First" in listed


def test_the_order_on_one_url_is_changed_at_once():
    integration = make_integration()
    copy = edit.clone_integration(integration.pk)
    sent = {f"sequence.{integration.pk}": "7", f"sequence.{copy.pk}": "3"}

    admin_browser().post(f"/integrations/{integration.pk}/sequence/", sent)

    assert list(Integration.objects.values_list("pk", "sequence")) == [
        (copy.pk, 3),
        (integration.pk, 7),
    ]


def test_a_new_bridge_is_made_on_the_way():
    integration = make_integration(service=make_service(make_policy()))
    sent = {"name": "N", "service": integration.service_id, "mode": "policy", "sequence": "0"}
    sent |= {"conference_bridge": "new", "bridge_name": "War room", "bridge_number": "+49 30 1"}

    admin_browser().post(f"/integrations/{integration.pk}/basics/", sent | {"bridge_code": "42#"})

    assert Integration.objects.get().conference_bridge.text == "+49 30 1, code 42#"


def test_a_new_bridge_without_a_way_to_meet_is_refused():
    integration = make_integration(service=make_service(make_policy()))
    sent = {"name": "N", "service": integration.service_id, "mode": "policy", "sequence": "0"}

    answer = admin_browser().post(
        f"/integrations/{integration.pk}/basics/", sent | {"conference_bridge": "new"}
    )

    assert answer.status_code == 422
    assert set(answer.context["basic_form"].errors) == {"bridge_name", "bridge_number"}
