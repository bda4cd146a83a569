"""The pages of the channel Chat, and how a chat user becomes a person of ours."""

import html
import json
import re
import time
from urllib.parse import urlsplit

import pytest
import yaml
from django.test import Client
from django.urls import reverse

from incidents.models import Incident
from integrations.chat.account_link import Claim, address_of
from integrations.models import ADMINISTER, ChatIdentity, Integration
from integrations.setup import edit
from tests.factories import make_policy, make_service, make_user
from tests.integrations.bots import APP, make_app
from tests.integrations.chats import (
    SLACK_SECRET,
    make_chat,
    make_member,
    mention,
    post_slack,
    post_teams,
    said,
    slash,
)
from tests.integrations.pages import admin_browser, browser, text_of

pytestmark = pytest.mark.django_db


def basics(**fields):
    service = make_service(make_policy(make_user()))
    given = {"name": "Ops Slack", "service": service.pk, "mode": "policy", "sequence": 0}
    return given | {"is_enabled": "on"} | fields


def link_in(text):
    """The path of the link that an answer offers."""
    return urlsplit(re.search(r"https?://[^\s|)]+/me/chat/link/[^\s|)]+", text)[0]).path


def path_of(name="dana", user="U1"):
    return urlsplit(address_of(Claim("slack", "T1", user, name, "example"))).path


# The integration.


def test_the_list_of_the_channel_leads_to_the_form():
    page = text_of(admin_browser().get("/integrations/?channel=chat"))

    assert reverse("chat_new") in page
    assert "Add Chat" in page
    assert "No chat opens incidents yet" in page


@pytest.mark.parametrize(
    ("path", "template"),
    [("/integrations/add/chat/", "slack-chat"), ("/integrations/add/teams-chat/", "teams-chat")],
)
def test_the_form_makes_an_integration_of_the_chat(path, template):
    client = admin_browser()
    assert client.get(path).status_code == 200

    answer = client.post(path, basics())

    row = Integration.objects.get()
    assert answer.url == row.get_absolute_url()
    assert (row.kind, row.template, row.name) == ("chat", template, "Ops Slack")


def test_a_form_with_faults_comes_back_and_makes_nothing():
    answer = admin_browser().post("/integrations/add/chat/", basics(name=""))

    assert answer.status_code == 422
    assert not Integration.objects.exists()


def test_the_page_has_the_address_to_copy_and_a_manifest_filled_with_it():
    row = make_chat("slack")

    page = text_of(admin_browser().get(row.get_absolute_url()))

    assert row.url.endswith(f"/chat/slack/{row.token}/")
    assert 'data-copy-from="#endpoint"' in page
    assert 'data-copy-from="#custom-body"' in page
    shown = re.search(r'<pre[^>]*id="custom-body"[^>]*>(.*?)</pre>', page, re.DOTALL)[1]
    manifest = yaml.safe_load(html.unescape(shown))
    [command] = manifest["features"]["slash_commands"]
    [action] = manifest["features"]["shortcuts"]
    assert (command["command"], command["url"]) == ("/incident", row.url)
    assert (action["type"], action["callback_id"]) == ("message", "open_incident")
    assert manifest["settings"]["interactivity"] == {"is_enabled": True, "request_url": row.url}


def test_the_secret_of_slack_is_saved_and_never_shown_again(client):
    row = make_chat("slack")
    admin = admin_browser()
    path = reverse("integration_chat", args=[row.pk])

    answer = admin.post(path, {"secret": "0123456789abcdef"})

    assert answer.url == row.get_absolute_url()
    assert "0123456789abcdef" not in text_of(admin.get(row.get_absolute_url()))
    make_member()
    assert post_slack(client, row, slash("x")).status_code == 401
    assert post_slack(client, row, slash("x"), secret="0123456789abcdef").status_code == 200


def test_until_there_is_a_secret_the_page_says_that_nothing_is_taken():
    admin_browser().post("/integrations/add/chat/", basics())
    row = Integration.objects.get()

    page = text_of(admin_browser().get(row.get_absolute_url()))

    assert "No messages are accepted yet" in page


def test_a_token_of_teams_that_is_no_base64_is_refused_at_its_field():
    row = make_chat("teams")
    path = reverse("integration_chat", args=[row.pk])

    answer = admin_browser().post(path, {"secret": "not base64!"})

    assert answer.status_code == 422
    assert "no security token of Teams" in text_of(answer)


def test_the_page_of_teams_has_the_endpoint_the_app_id_and_a_manifest_filled_with_it():
    row, admin = make_chat("teams"), admin_browser()
    path = reverse("integration_chat_app", args=[row.pk])

    answer = admin.post(path, {"app_id": f" {APP.upper()} "})
    page = text_of(admin.get(row.get_absolute_url()))

    assert answer.url == row.get_absolute_url()
    assert f'value="{row.url}actions/"' in page
    assert 'data-copy-from="#messaging"' in page
    assert f'value="{APP}"' in page
    shown = re.search(r'<pre[^>]*id="custom-body"[^>]*>(.*?)</pre>', page, re.DOTALL)[1]
    manifest = json.loads(html.unescape(shown))
    [extension] = manifest["composeExtensions"]
    [command] = extension["commands"]
    assert (manifest["id"], extension["botId"]) == (APP, APP)
    assert (command["id"], command["context"]) == ("openIncident", ["message"])
    assert (command["type"], command["fetchTask"]) == ("action", True)


def test_until_there_is_an_app_id_the_manifest_says_where_it_belongs():
    page = text_of(admin_browser().get(make_chat("teams").get_absolute_url()))

    assert html.escape('"botId": "the app id, once it is saved above"') in page


def test_what_is_no_app_id_is_refused_at_its_field():
    row = make_app()

    answer = admin_browser().post(reverse("integration_chat_app", args=[row.pk]), {"app_id": "x"})

    assert answer.status_code == 422
    assert "32 hexadecimal digits" in text_of(answer)
    row.refresh_from_db()
    assert row.chat_app_id == APP


def test_an_app_id_that_is_emptied_takes_no_actions_any_more():
    row = make_app()

    admin_browser().post(reverse("integration_chat_app", args=[row.pk]), {"app_id": ""})

    row.refresh_from_db()
    assert row.chat_app_id == ""


def test_an_integration_of_slack_has_no_app_id():
    row, admin = make_chat("slack"), admin_browser()

    answer = admin.post(reverse("integration_chat_app", args=[row.pk]), {"app_id": APP})

    assert answer.status_code == 404
    assert "Messaging endpoint" not in text_of(admin.get(row.get_absolute_url()))


def test_a_clone_takes_the_app_along():
    row = make_app()

    assert edit.clone_integration(row.pk).chat_app_id == APP


def test_only_who_administers_integrations_sees_the_address_or_sets_the_secret():
    row = make_chat("slack")
    other = browser("Owner")
    other.user.groups.clear()
    path = reverse("integration_chat", args=[row.pk])

    app_path = reverse("integration_chat_app", args=[row.pk])
    assert other.post(path, {"secret": SLACK_SECRET}).status_code == 403
    assert other.post(app_path, {"app_id": APP}).status_code == 403
    assert row.token not in text_of(other.get(row.get_absolute_url()))
    assert not other.user.has_perm(ADMINISTER)


def test_the_test_button_opens_one_that_is_marked():
    row = make_chat("teams")

    sent = {"sample": "open", "audience": "everyone"}
    admin_browser().post(reverse("integration_test", args=[row.pk]), sent)

    assert Incident.objects.get().is_test


# Who is who.


def test_a_stranger_links_the_account_and_is_somebody_from_then_on(client):
    slack, dana = make_chat("slack"), browser("Owner")
    path = link_in(said(post_slack(client, slack, slash("The shop is down"))))

    page = text_of(dana.get(path))
    answer = dana.post(path)

    assert "the Slack user <strong>dana</strong> of <strong>example</strong>" in page
    assert answer.url == reverse("me")
    assert ChatIdentity.objects.get().user == dana.user
    post_slack(client, slack, slash("The shop is down"))
    assert Incident.objects.get().timeline.get(verb="opened").by == dana.user


def test_a_stranger_in_teams_is_linked_in_the_same_way(client):
    teams, dana = make_chat("teams"), browser("Owner")
    path = link_in(said(post_teams(client, teams, mention("The shop is down"))))

    dana.post(path)

    row = ChatIdentity.objects.get()
    assert (row.provider, row.workspace, row.chat_user) == ("teams", "tenant-1", "aad-1")


def test_to_look_at_the_link_links_nobody():
    """Programs that preview links do the same."""
    dana = browser("Owner")

    answer = dana.get(path_of())

    assert answer["Cache-Control"] == "no-store"
    assert not ChatIdentity.objects.exists()


def test_the_link_asks_who_is_not_signed_in_to_sign_in(client):
    answer = client.post(path_of())

    assert answer.status_code == 302
    assert "login" in answer.url
    assert not ChatIdentity.objects.exists()


def test_the_button_needs_the_token_of_the_page():
    dana = browser("Owner")
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(dana.user)

    assert strict.post(path_of()).status_code == 403
    assert not ChatIdentity.objects.exists()


def test_after_fifteen_minutes_the_link_says_how_to_get_another(monkeypatch):
    past = time.time() - 15 * 60 - 5
    with monkeypatch.context() as then:
        then.setattr("django.core.signing.time.time", lambda: past)
        path = path_of()

    answer = browser("Owner").post(path)

    assert answer.status_code == 410
    assert "Give the command again" in text_of(answer)
    assert not ChatIdentity.objects.exists()


@pytest.mark.parametrize("token", ["x", "eyJhIjoxfQ:1abc:zzz", "a:b:c:d"])
def test_a_damaged_link_is_no_error_of_ours(token):
    answer = browser("Owner").post(f"/me/chat/link/{token}/")

    assert answer.status_code == 410


def test_a_chat_user_stays_who_it_is_whoever_else_opens_the_link():
    path, dana, other = path_of(), browser("Owner"), browser("Owner")
    dana.post(path)

    answer = other.post(path)

    assert answer.status_code == 409
    assert "somebody else" in text_of(answer)
    assert ChatIdentity.objects.get().user == dana.user


def test_to_link_twice_changes_nothing():
    path, dana = path_of(), browser("Owner")

    for _ in range(2):
        assert dana.post(path).status_code == 302

    assert ChatIdentity.objects.count() == 1


def test_ones_own_page_lists_the_accounts_and_removes_them(client):
    slack, dana = make_chat("slack"), browser("Owner")
    dana.post(path_of("dana <b>"))
    row = ChatIdentity.objects.get()

    page = text_of(dana.get(reverse("me")))
    answer = dana.post(reverse("chat_unlink", args=[row.pk]))

    assert "dana &lt;b&gt;" in page
    assert answer.url == reverse("me")
    assert not ChatIdentity.objects.exists()
    assert "/me/chat/link/" in said(post_slack(client, slack, slash("x")))


def test_those_of_others_are_not_ones_own_to_remove():
    browser("Owner").post(path_of())
    row = ChatIdentity.objects.get()

    answer = browser("Owner").post(reverse("chat_unlink", args=[row.pk]))

    assert answer.status_code == 404
    assert ChatIdentity.objects.exists()


def test_the_admin_lists_all_and_removes_any():
    browser("Responder").post(path_of())
    row, owner = ChatIdentity.objects.get(), browser("Owner")

    page = text_of(owner.get(reverse("admin:integrations_chatidentity_changelist")))
    path = reverse("admin:integrations_chatidentity_delete", args=[row.pk])
    owner.post(path, {"post": "yes"})

    assert str(row.user) in page
    assert not ChatIdentity.objects.exists()


def test_the_admin_is_closed_to_who_does_not_administer_security():
    path = reverse("admin:integrations_chatidentity_changelist")

    assert browser("Responder").get(path).status_code == 403


# By script.


def send(client, method, path, body=None):
    return getattr(client, method)(f"/api/v1/{path}", body, content_type="application/json")


def test_an_integration_of_a_chat_is_made_with_its_secret(client):
    body = {"template": "slack-chat", "service": make_service().pk}
    body["signature_secret"] = SLACK_SECRET

    made = send(admin_browser(), "post", "integrations/", body).json()

    assert (made["kind"], made["signature_provider"]) == ("chat", "slack")
    make_member()
    row = Integration.objects.get()
    assert post_slack(client, row, slash("The shop is down")).status_code == 200


def test_the_app_id_is_set_by_script_and_only_for_teams():
    owner = admin_browser()
    body = {"template": "teams-chat", "service": make_service().pk, "chat_app_id": APP}

    made = send(owner, "post", "integrations/", body)
    path = f"integrations/{made.json()['id']}/"
    refused = send(owner, "patch", path, {"chat_app_id": "x"})
    emptied = send(owner, "patch", path, {"chat_app_id": ""})
    slack = send(owner, "patch", f"integrations/{make_chat('slack').pk}/", {"chat_app_id": APP})

    assert (made.status_code, made.json()["chat_app_id"]) == (201, APP)
    assert (refused.status_code, "32 hexadecimal" in text_of(refused)) == (400, True)
    assert emptied.json()["chat_app_id"] == ""
    assert (slack.status_code, "only integrations of Microsoft" in text_of(slack)) == (400, True)


def test_an_administrator_links_by_script_what_the_directory_knows(client):
    person = make_user("Dana")
    body = {"user": person.email, "provider": "slack", "workspace": "T1", "chat_user": "U1"}
    owner = browser("Owner")

    made = send(owner, "post", "chat-identities/", body)
    again = send(owner, "post", "chat-identities/", body | {"user": make_user("Kim").email})

    assert made.status_code == 201
    assert (again.status_code, "somebody else" in text_of(again)) == (400, True)
    assert ChatIdentity.objects.get().user == person


def test_others_see_and_remove_their_own_alone():
    dana, kim = browser("Responder"), browser("Responder")
    dana.post(path_of(user="U1"))
    kim.post(path_of(user="U2"))
    own, other = (ChatIdentity.objects.get(user=one.user) for one in (dana, kim))

    seen = send(dana, "get", "chat-identities/").json()["results"]

    assert [row["id"] for row in seen] == [own.pk]
    body = {"user": dana.user.email, "provider": "slack", "workspace": "T1", "chat_user": "U3"}
    assert send(dana, "post", "chat-identities/", body).status_code == 403
    assert send(dana, "delete", f"chat-identities/{other.pk}/").status_code == 404
    assert send(dana, "delete", f"chat-identities/{own.pk}/").status_code == 204
