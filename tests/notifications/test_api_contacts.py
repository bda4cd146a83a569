import pytest

from notifications.actions import contact_methods, settings
from notifications.models import ContactMethod, Notification
from opsportal.lib.encryption import decrypt
from tests.api import make_paging_incident, make_person, owner, script
from tests.factories import make_policy, make_service

pytestmark = pytest.mark.django_db
LIST = "/api/v1/contact-methods/"
MAIL = {"channel": "email", "config": {"address": "me@example.com"}}


def test_an_own_address_is_proved_by_its_code():
    client = script(make_person("Responder"))
    made = client.post(LIST, MAIL).json()
    path = f"{LIST}{made['id']}/"

    sent = client.post(f"{path}send_code/")
    code = decrypt(Notification.objects.get(event="verification").facts["code"])
    wrong = client.post(f"{path}confirm/", {"code": "no"})
    right = client.post(f"{path}confirm/", {"code": code})

    assert made["is_verified"] is False
    assert sent.status_code == 202
    assert code not in sent.content.decode()
    assert wrong.status_code == 400
    assert (right.status_code, right.json()["is_verified"]) == (200, True)


def test_vouching_for_an_address_is_for_who_administers_people():
    person = make_person("Responder")
    body = {**MAIL, "user": person.email, "is_verified": True}

    mine = script(person).post(LIST, body)
    theirs = owner().post(LIST, body)

    assert mine.status_code == 403
    assert theirs.status_code == 201, theirs.json()
    assert ContactMethod.objects.get().is_verified


def test_a_changed_address_has_to_be_proved_anew():
    method = contact_methods.add_contact_method(
        make_person(), "email", MAIL["config"], is_verified=True
    )
    client = owner()
    path = f"{LIST}{method.pk}/"

    labelled = client.patch(path, {"label": "work"}).json()
    moved = client.patch(path, {"config": {"address": "new@example.com"}}).json()

    assert (labelled["label"], labelled["is_verified"]) == ("work", True)
    assert (moved["address"], moved["is_verified"]) == ("new@example.com", False)


@pytest.mark.parametrize(
    "config", [{"address": "nowhere"}, {}, {"address": "a@example.com", "colour": "red"}, "text"]
)
def test_settings_that_the_channel_does_not_take_are_refused(config):
    answer = owner().post(LIST, {"channel": "email", "config": config})

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == ["config"]
    assert not ContactMethod.objects.exists()


def test_others_neither_see_nor_touch_an_address():
    method = contact_methods.add_contact_method(make_person(), "email", MAIL["config"])
    client, path = script(make_person("Responder")), f"{LIST}{method.pk}/"

    assert client.get(path).status_code == 404
    assert client.delete(path).status_code == 404
    assert client.post(LIST, {**MAIL, "user": method.user_id}).status_code == 403
    assert client.get(f"/api/v1/users/{method.user_id}/").json()["contact_methods"] == []


def test_a_person_shows_the_own_addresses():
    me = make_person("Responder")
    contact_methods.add_contact_method(me, "email", MAIL["config"])

    found = script(me).get("/api/v1/me/").json()["contact_methods"]

    assert [row["address"] for row in found] == ["me@example.com"]


def test_a_test_goes_the_way_of_pages():
    method = contact_methods.add_contact_method(
        make_person(), "email", MAIL["config"], is_verified=True
    )

    answer = owner().post(f"{LIST}{method.pk}/test/")

    assert answer.status_code == 202
    assert Notification.objects.get().contact_method == method


def test_rules_belong_to_the_person_of_the_address():
    me, other = make_person("Responder"), make_person()
    mine = contact_methods.add_contact_method(me, "email", MAIL["config"], is_verified=True)
    theirs = contact_methods.add_contact_method(other, "email", MAIL["config"], is_verified=True)
    client, body = script(me), {"urgency": "high", "after_minutes": 5}

    made = client.post("/api/v1/notification-rules/", {**body, "contact_method": mine.pk})
    stolen = client.post("/api/v1/notification-rules/", {**body, "contact_method": theirs.pk})
    by_admin = owner().post("/api/v1/notification-rules/", {**body, "contact_method": theirs.pk})

    assert (made.status_code, made.json()["user"]) == (201, me.pk)
    assert stolen.status_code == 400
    assert (by_admin.status_code, by_admin.json()["user"]) == (201, other.pk)


@pytest.mark.parametrize("way", ["id", "label"])
def test_a_rule_for_one_person_never_changes_anothers(way):
    dora, chen = make_person("Responder", email="dora@example.com"), make_person("Responder")
    theirs = contact_methods.add_contact_method(chen, "email", MAIL["config"], label="Login")
    body = {"user": "dora@example.com", "urgency": "high", "after_minutes": 5}
    named = {"id": theirs.pk, "label": "Login"}[way]

    answer = owner().post("/api/v1/notification-rules/", {**body, "contact_method": named})

    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["contact_method"])
    assert not dora.rules.exists()
    assert not chen.rules.exists()


def test_a_label_is_looked_for_among_the_methods_of_the_person():
    boss, dora, chen = make_person("Owner"), make_person(email="dora@example.com"), make_person()
    for person in (chen, dora, boss):
        contact_methods.add_contact_method(person, "email", MAIL["config"], label="Login")
    client, body = script(boss), {"urgency": "high", "contact_method": "Login"}

    of_dora = client.post("/api/v1/notification-rules/", {**body, "user": "dora@example.com"})
    of_boss = client.post("/api/v1/notification-rules/", body)

    assert (of_dora.status_code, of_dora.json()["user"]) == (201, dora.pk)
    assert (of_boss.status_code, of_boss.json()["user"]) == (201, boss.pk)
    assert not chen.rules.exists()


@pytest.mark.parametrize("verb", ["patch", "put"])
def test_a_rule_keeps_its_person(verb):
    dora, chen = make_person(), make_person()
    mine, theirs = (
        contact_methods.add_contact_method(person, "email", MAIL["config"], is_verified=True)
        for person in (dora, chen)
    )
    client = owner()
    made = client.post(
        "/api/v1/notification-rules/", {"urgency": "high", "contact_method": mine.pk}
    ).json()
    path = f"/api/v1/notification-rules/{made['id']}/"
    body = {"urgency": "low", "after_minutes": 9}

    moved = getattr(client, verb)(path, {**body, "contact_method": theirs.pk})
    given = getattr(client, verb)(path, {**body, "contact_method": mine.pk, "user": chen.pk})
    done = getattr(client, verb)(path, {**body, "contact_method": mine.pk, "user": dora.pk})

    assert [moved.status_code, given.status_code, done.status_code] == [400, 400, 200]
    assert (done.json()["user"], done.json()["after_minutes"]) == (dora.pk, 9)
    assert not chen.rules.exists()


def test_what_was_told_is_listed_without_its_codes():
    alice = make_person("Responder")
    method = contact_methods.add_contact_method(alice, "email", MAIL["config"])
    contact_methods.send_code(method.pk)
    code = decrypt(Notification.objects.get().facts["code"])

    answer = owner().get("/api/v1/notifications/", {"event": "verification"})

    assert len(answer.json()["results"]) == 1
    assert code not in answer.content.decode()


def test_notifications_are_found_by_their_incident():
    alice = make_person("Responder")
    incident = make_paging_incident(policy=make_policy(alice))
    make_paging_incident(policy=make_policy(alice))

    found = owner().get("/api/v1/notifications/", {"incident": incident.pk}).json()["results"]

    assert {row["incident"] for row in found} == {incident.pk}
    assert {row["user"] for row in found} == {alice.pk}


def test_a_shared_channel_never_shows_its_secret():
    client = owner()
    config = {"url": "https://hooks.example/T0/B0", "secret": "s3cret"}

    made = client.post(
        "/api/v1/shared-channels/", {"name": "Hook", "channel": "webhook", "config": config}
    )

    assert made.status_code == 201, made.json()
    assert "s3cret" not in made.content.decode()
    assert made.json()["config"]["secret"] == "********"


def test_a_secret_that_is_sent_back_hidden_stays():
    config = {"url": "https://hooks.example/a", "secret": "s3cret"}
    channel = settings.add_shared_channel("Hook", "webhook", config)
    client, path = owner(), f"/api/v1/shared-channels/{channel.pk}/"
    shown = client.get(path).json()

    client.put(path, {**shown, "config": {**shown["config"], "url": "https://hooks.example/b"}})

    channel.refresh_from_db()
    assert channel.config == {"url": "https://hooks.example/b", "secret": "s3cret"}


def test_the_address_of_a_hook_is_hidden_from_who_only_looks():
    config = {"url": "https://hooks.example/T0/password"}
    channel = settings.add_shared_channel("Hook", "webhook", config)
    path = f"/api/v1/shared-channels/{channel.pk}/"

    answers = [
        script(make_person("Responder")).get(path),
        script(make_person("Owner"), "config:read").get(path),
    ]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert all("password" not in answer.content.decode() for answer in answers)


def test_the_default_channel_is_chosen_and_found_by_the_api():
    config = {"address": "room@example.com"}
    fields = {"name": "Room", "channel": "email", "config": config, "is_default": True}
    settings.add_shared_channel("Other", "email", {"address": "other@example.com"})
    client, path = owner(), "/api/v1/shared-channels/"

    made = client.post(path, fields).json()
    found = client.get(path, {"is_default": "true"}).json()["results"]
    changed = client.patch(f"{path}{made['id']}/", {"is_default": False}).json()

    assert made["is_default"] is True
    assert [one["name"] for one in found] == ["Room"]
    assert changed["is_default"] is False


def test_a_person_without_a_role_sees_no_shared_channel():
    settings.add_shared_channel("Room", "email", {"address": "room@example.com"})

    assert script(make_person()).get("/api/v1/shared-channels/").json()["results"] == []


def test_the_catch_all_is_one_document():
    ann, client = make_person(), owner()
    room = settings.add_shared_channel("Room", "email", {"address": "room@example.com"})
    body = {"users": [ann.email], "channels": ["Room"]}

    written = client.put("/api/v1/catch-all/", body)
    emptied = client.put("/api/v1/catch-all/", {"users": [ann.pk]})

    assert written.json() == {"users": [ann.pk], "channels": [room.pk]}
    assert emptied.json() == {"users": [ann.pk], "channels": []}
    assert client.get("/api/v1/catch-all/").json() == emptied.json()


def test_the_catch_all_is_not_for_everybody_to_change():
    answer = script(make_person("Integrations Admin")).put("/api/v1/catch-all/", {"users": []})

    assert answer.status_code == 403


def test_a_notice_is_changed_without_losing_its_switches():
    service, client = make_service(), owner()
    settings.set_notification_settings(service, on_resolved=False)

    found = client.patch(
        f"/api/v1/services/{service.pk}/", {"notification_settings": {"channels": []}}
    ).json()

    assert found["notification_settings"]["on_resolved"] is False
