"""AlertOps' feature table, rows 1 to 8 and 19: each is played as its guide says."""

import json

import pytest

from escalation.models import Play, Tier
from integrations.models import InboundMessage, Integration
from notifications.models import Notification
from tests.factories import make_policy, make_service, make_team, make_user
from tests.guides.desk import elements, of, sit_down, text_of
from tests.integrations.pages import browser
from tests.integrations.posting import FAILURE, RECOVERY, log, post, work

pytestmark = pytest.mark.django_db


def told():
    """The names of the people who were told of it."""
    rows = Notification.objects.exclude(channel="inapp").exclude(user=None)
    return set(rows.values_list("user__name", flat=True))


def saved(template="Odown", **fields):
    """The saved page of a new integration, added as an admin adds it; and its row."""
    fields.setdefault("service", make_service(make_policy(make_user("Ana"))).pk)
    page = sit_down().follow("ADD API").follow(template).fill(**fields).press("SUBMIT")
    return page, Integration.objects.latest("pk")


def test_row_01_the_list_has_search_status_filter_and_the_four_channels_in_order():
    page = sit_down()
    adds = {"api": "ADD API", "email": "Add Email", "chat": "Add Chat"}
    adds |= {"heartbeat": "Add heartbeat"}

    offered = {channel: sit_down(f"/integrations/?channel={channel}") for channel in adds}

    assert page.options("channel") == ["API", "Email", "Chat", "Heartbeat"]
    assert page.options("status") == ["Any status", "Enabled", "Disabled"]
    assert [of(f, "name") for f in elements(page.tree, "input") if of(f, "type") == "search"]
    assert "ADD API" in page.text
    for channel, word in adds.items():
        assert word in offered[channel].text


def test_row_01_search_and_status_narrow_the_table():
    for name in ("Shop", "Stock"):
        saved(name=name)

    page = sit_down("/integrations/?q=sto&status=enabled")
    table = next(elements(page.tree, "table"))

    assert "Stock" in text_of(table)
    assert "Shop" not in text_of(table)
    assert "Stock" not in sit_down("/integrations/?q=sto&status=disabled").text


def test_row_02_the_gallery_is_one_grid_in_alphabetical_order_and_custom_stands_in_it():
    page = sit_down("/integrations/add/")

    cards = [a for a in elements(page.tree, "a") if "gallery__tool" in of(a, "class").split()]
    spans = [one for card in cards for one in elements(card, "span")]
    names = [text_of(one) for one in spans if of(one, "class") == "gallery__tool-name"]

    assert "Recommended" in page.text
    assert names == sorted(names, key=str.casefold)
    assert len(names) == len(cards) > 15
    assert names.index("Bitbucket") < names.index("Custom") < names.index("Datadog")


def test_row_03_basic_settings_are_those_of_the_guide():
    page = sit_down("/integrations/add/odown/")
    labels = page.labels()
    wanted = ["Integration Name", "Escalation Policy", "Response Play", "Recipient Group(s)"]
    wanted += ["Recipient User(s)", "Integration Sequence", "Bridge", "Enabled"]

    form, _ = page.button("SUBMIT")
    found = {of(one, "name"): one for one in elements(form, "input", "select")}

    assert [w for w in wanted if not any(w in label for label in labels)] == []
    assert of(found["name"], "value") == "Odown"
    assert of(found["sequence"], "value") == "0"
    assert any(key == "checked" for key, _ in found["is_enabled"].attributes)
    assert "CANCEL" in text_of(form)


def test_row_03_a_name_and_somebody_to_tell_are_required():
    page = sit_down("/integrations/add/odown/").fill(name="", service=make_service().pk)

    answer = page.press("SUBMIT")

    assert "This field is required." in answer.text
    assert "has no policy of its own" in answer.text
    assert not Integration.objects.exists()


def test_row_03_a_response_play_takes_the_place_of_the_policy(client):
    play = Play.objects.create(name="All hands")
    Tier.objects.create(play=play).users.add(make_user("Pia"))

    _, integration = saved(mode="play", play=play.pk)
    post(client, integration, FAILURE)
    work()

    assert (integration.play, integration.policy) == (play, None)
    assert told() == {"Pia"}


def test_row_04_policy_groups_and_users_are_all_told(client):
    policy, team = make_policy(make_user("Ana")), make_team(make_user("Bo"), make_user("Chen"))
    one = make_user("Dee")

    _, integration = saved(policy=policy.pk, teams=[team.pk], users=[one.pk])
    post(client, integration, FAILURE)
    work()

    assert told() >= {"Ana", "Bo", "Dee"}


def test_row_05_the_url_appears_after_submit_with_its_secret_in_the_path(client):
    new = sit_down("/integrations/add/odown/")

    page, integration = saved(name="Shop watch")
    url = page.value("endpoint")

    assert "POSTAlert" not in new.text
    assert url == integration.url
    assert url.endswith(f"/POSTAlert/{integration.token}/shop-watch")
    assert "?" not in url
    assert page.text.index("COPY") < page.text.index("Basic Settings")
    path = url.partition("//")[2].partition("/")[2]
    answer = client.post(f"/{path}", json.dumps(FAILURE), content_type="application/json")
    assert answer.status_code == 202


def test_row_06_a_disabled_integration_keeps_its_settings_and_takes_no_events(client):
    page, integration = saved()

    page = page.fill(is_enabled=None).press("SUBMIT", "/basics/")
    refused = post(client, integration, FAILURE)
    work()
    page.fill(is_enabled="on").press("SUBMIT", "/basics/")
    taken = post(client, integration, FAILURE)

    assert (refused.status_code, taken.status_code) == (403, 202)
    assert log() == ["Rejected", "Pending"]
    assert Integration.objects.get().token == integration.token


def test_row_07_clones_share_the_url_and_are_tried_in_order(client):
    page, first = saved()

    clone = page.press("Clone")
    copy = Integration.objects.latest("pk")
    for row, value in [(copy, "Shop"), (first, "Stock")]:
        panel = sit_down(f"/integrations/{row.pk}/?panel=filters")
        panel = panel.press("add:filters.all", "filters")
        panel = panel.fill(filters__all__0__path="monitor^name", filters__all__0__values=value)
        panel.press("Save", "filters")
    for name in ("Shop", "Stock", "Elsewhere"):
        post(client, first, {**FAILURE, "monitor": {"id": name, "name": name}})
    work()

    assert (copy.token, copy.sequence) == (first.token, 1)
    assert {**copy.rules, "filters": {}} == {**first.rules, "filters": {}}
    assert "The copy receives nothing yet" in clone.text
    assert log() == ["Mapped (opened)", "Mapped (opened)", "Mapping Failed"]
    taken_by = InboundMessage.objects.order_by("pk").values_list("integration", flat=True)
    assert list(taken_by)[:2] == [copy.pk, first.pk]


def test_row_08_test_posts_the_sample_and_links_to_the_log():
    page, _ = saved()

    page = page.press("Test").press("Page for real")
    shown = page.follow("Click here")

    assert "Success" in page.text
    assert shown.path == f"/inbound-log/{InboundMessage.objects.get().pk}/"
    assert log() == ["Mapped (opened)"]


def test_row_19_the_inbound_log_has_a_row_for_each_message_with_its_status(client):
    _, integration = saved()
    _, other = saved("Bitbucket")

    bodies = [FAILURE, FAILURE, {**FAILURE, "event": "SOMETHING"}, RECOVERY, RECOVERY]
    for body in bodies:
        post(client, integration, body)
        work()
    post(client, other, {"nothing": "of the kind"})
    waiting = sit_down("/inbound-log/")
    work()
    page = sit_down("/inbound-log/")
    columns = [text_of(th) for th in elements(page.tree, "th")]

    assert columns == [
        *("Message ID", "Date Received", "Date Processed", "Source", "Source Name"),
        *("Source Identifier", "Subject", "Integration Name", "Mapping Status", "Incident"),
        "Reason",
    ]
    assert "Pending" in waiting.text
    assert log() == [
        *("Mapped (opened)", "Mapped Appended", "Mapped Ignored"),
        *("Mapped (closed)", "Mapped Ignored", "Mapping Failed"),
    ]
    for words in ("Mapped (opened)", "Mapped Appended", "Mapped (closed)", "Mapping Failed"):
        assert words in page.text
    first = InboundMessage.objects.earliest("pk")
    assert "ALERT_FAILURE" in page.follow(first.get_absolute_url()).text


def test_the_entitlement_is_needed_for_all_of_it():
    answers = [browser("Responder").get(path) for path in ("/integrations/add/odown/",)]

    assert [answer.status_code for answer in answers] == [403]
