"""A replaced token or mailbox is valid for as long as was chosen, and no longer."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from incidents.models import Incident
from integrations.inbound.endpoint_cache import EndpointCache
from integrations.mail.addresses import recipient_integration
from integrations.models import InboundMessage, Integration, RetiredKey
from integrations.setup import adopt_key, edit, rotation
from tests.api import make_person, owner, script
from tests.factories import make_integration
from tests.integrations.heartbeats import make_heartbeat, ping
from tests.integrations.pages import admin_browser, browser, text_of
from tests.integrations.posting import FAILURE, event, post, post_event, work

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def rotated(integration, overlap=DAY):
    return rotation.rotate_token(integration.pk, overlap=overlap)


def expire():
    RetiredKey.objects.update(valid_until=timezone.now() - timedelta(seconds=1))
    Integration.objects.update(changed_at=timezone.now())


def test_both_tokens_are_taken_until_the_time_is_over(client):
    old = make_integration()

    new = rotated(old)
    taken = [post(client, each, FAILURE).status_code for each in (old, new)]
    expire()

    assert taken == [202, 202]
    assert [post(client, each, FAILURE).status_code for each in (old, new)] == [404, 202]


def test_the_cache_remembers_an_old_token_no_longer_than_it_is_valid():
    old, cache = make_integration(), EndpointCache()
    rotated(old, timedelta(seconds=5))

    cache.by_token(old.token)

    until, _ = next(iter(cache.entries.values()))
    assert until - time.monotonic() <= 5


def test_what_comes_by_the_old_url_repeats_and_ends_what_came_by_the_new_one(client):
    old = make_integration()
    new = rotated(old)

    for each, name in [(new, "ALERT_FAILURE"), (old, "ALERT_FAILURE"), (old, "ALERT_RECOVERY")]:
        post(client, each, {**FAILURE, "event": name})
        work()

    assert Incident.objects.get().status == "resolved"


def test_the_old_key_of_the_events_api_is_taken_too(client):
    old = make_integration("generic-webhook")
    rotated(old)

    assert post_event(client, old, event()).status_code == 202


def test_a_heartbeat_is_alive_by_its_old_url_until_it_is_ended(client):
    old = make_heartbeat()
    ping(client, old)
    rotated(old)

    first = ping(client, old).status_code
    rotation.end_key(old.pk, RetiredKey.objects.get().pk)

    assert (first, ping(client, old).status_code) == (200, 404)


def test_copies_on_the_url_move_together(client):
    first = make_integration()
    copy = edit.clone_integration(first.pk)

    rotated(first)

    tokens = set(Integration.objects.values_list("token_digest", flat=True))
    assert len(tokens) == 1
    copy.refresh_from_db()
    assert copy.token != first.token
    assert post(client, first, FAILURE).status_code == 202


def test_an_old_key_is_ended_at_once_for_all_that_shared_it(client):
    first = make_integration()
    edit.clone_integration(first.pk)
    rotated(first)
    assert post(client, first, FAILURE).status_code == 202

    key = RetiredKey.objects.filter(integration=first).get()
    rotation.end_key(first.pk, key.pk)
    rotation.end_key(first.pk, key.pk)

    assert post(client, first, FAILURE).status_code == 404
    assert not RetiredKey.objects.exists()


def test_without_a_time_the_old_one_opens_nothing(client):
    old = make_integration()

    rotated(old, timedelta())

    assert post(client, old, FAILURE).status_code == 404
    assert not RetiredKey.objects.exists()


def test_both_say_when_they_were_last_used(client):
    old = make_integration()
    new = rotated(old)
    post(client, old, FAILURE)

    present, retired = rotation.keys_of(new)

    assert (present.last_used_at, present.hint) == (None, f"{new.token[:6]}…")
    assert timezone.now() - retired.last_used_at < timedelta(seconds=30)
    assert retired.hint == f"{old.token[:6]}…"


def test_the_use_is_written_once_a_minute(client, django_assert_num_queries):
    integration, cache = make_integration(), EndpointCache()
    cache.by_token(integration.token)

    with django_assert_num_queries(0):
        cache.by_token(integration.token)


def test_a_mailbox_that_was_replaced_takes_mails_for_its_time():
    row = make_integration("nagios-email", mailbox="old-box")

    edit.change_basics(row.pk, mailbox="new-box", mailbox_overlap=DAY)
    found = [recipient_integration(f"{box}@x.test") for box in ("old-box", "new-box", "old-box+t")]
    shown = rotation.keys_of(Integration.objects.get())
    expire()

    assert [one and one.pk for one in found] == [row.pk] * 3
    assert {key.hint: bool(key.last_used_at) for key in shown if key.kind == "mailbox"} == {
        "new-box": True,
        "old-box": True,
    }
    assert recipient_integration("old-box@x.test") is None


def test_a_mailbox_that_somebody_else_has_now_goes_to_them():
    first = make_integration("nagios-email", mailbox="ops")
    edit.change_basics(first.pk, mailbox="elsewhere", mailbox_overlap=DAY)
    second = make_integration("nagios-email", mailbox="ops")

    assert recipient_integration("ops@x.test") == second


def test_an_old_key_is_adopted_by_nobody_while_it_is_valid():
    old = make_integration()
    rotated(old)

    with pytest.raises(Exception, match="another integration"):
        adopt_key.adopt_token(make_integration().pk, old.token)


def test_the_page_asks_for_how_long_and_shows_both(client):
    old = make_integration()
    admin = admin_browser()

    asked = text_of(admin.get(f"/integrations/{old.pk}/rotate/"))
    unknown = admin.post(f"/integrations/{old.pk}/rotate/", {"overlap": "1"})
    admin.post(f"/integrations/{old.pk}/rotate/", {"overlap": "60"})
    page = text_of(admin.get(f"/integrations/{old.pk}/"))

    key = RetiredKey.objects.get()
    assert "7 days" in asked
    assert unknown.status_code == 422
    assert timedelta(minutes=59) < key.valid_until - timezone.now() <= timedelta(hours=1)
    assert f"{old.token[:6]}…" in page
    assert "Not used yet" in page
    admin.post(f"/integrations/{old.pk}/keys/end/", {"key": key.pk})
    assert post(client, old, FAILURE).status_code == 404


def test_the_api_rotates_shows_and_ends(client):
    old, api = make_integration(), owner()
    path = f"/api/v1/integrations/{old.pk}/"

    new = api.post(f"{path}rotate_token/", {"overlap_minutes": 60}).json()
    post(client, old, FAILURE)
    present, retired = api.get(f"{path}keys/").json()
    ended = api.post(f"{path}end_key/", {"id": retired["id"]})
    too_long = api.post(f"{path}rotate_token/", {"overlap_minutes": 129_601})

    assert new["key"] != old.token
    assert (present["id"], present["valid_until"]) == (None, None)
    assert retired["last_used_at"]
    assert (ended.status_code, too_long.status_code) == (200, 400)
    assert post(client, old, FAILURE).status_code == 404


def test_who_only_reads_sees_no_keys_and_ends_none():
    old = make_integration()
    rotated(old)
    path, key = f"/api/v1/integrations/{old.pk}/", RetiredKey.objects.get()

    reader = script(make_person("Stakeholder"))

    assert reader.get(f"{path}keys/").status_code == 403
    assert reader.post(f"{path}end_key/", {"id": key.pk}).status_code == 403
    page = f"/integrations/{old.pk}/keys/end/"
    assert browser("Responder").post(page, {"key": key.pk}).status_code == 403


def test_an_old_token_stands_in_no_message_that_people_read(client):
    old = make_integration()
    rotated(old)
    post(client, old, {**FAILURE, "note": f"see {old.token}"})

    page = admin_browser().get(f"/inbound-log/{InboundMessage.objects.get().pk}/")

    assert old.token not in text_of(page)
