import pytest
from django.utils import timezone

from incidents.actions import api_keys
from incidents.errors import InvalidRequest
from tests.api import make_person, script
from tests.factories import make_user, minutes

pytestmark = pytest.mark.django_db


def test_a_key_opens_with_its_text_and_only_a_hash_is_kept():
    key, text = api_keys.create_key(make_user(), "deploy", ["events:write"])

    assert api_keys.use_key(text) == key
    assert text.startswith("sk_live_")
    kept = [str(value) for value in key.__dict__.values()]
    assert not any(text in value for value in kept)


@pytest.mark.parametrize("text", ["", "sk_live_", "sk_live_wrong", "\x00", "é"])
def test_no_other_text_opens(text):
    api_keys.create_key(make_user(), "deploy", ["events:write"])

    assert api_keys.use_key(text) is None


def test_a_revoked_key_opens_nothing_and_revoking_twice_changes_nothing():
    key, text = api_keys.create_key(make_user(), "deploy", ["events:write"])
    api_keys.revoke_key(key.pk)
    key.refresh_from_db()
    first = key.revoked_at

    api_keys.revoke_key(key.pk)

    key.refresh_from_db()
    assert (api_keys.use_key(text), key.revoked_at) == (None, first)


def test_an_expired_key_opens_nothing():
    soon = timezone.now() - minutes(1)
    _, text = api_keys.create_key(make_user(), "deploy", ["events:write"], expires_at=soon)

    assert api_keys.use_key(text) is None


def test_the_key_of_somebody_who_left_opens_nothing():
    user = make_user()
    _, text = api_keys.create_key(user, "deploy", ["events:write"])
    user.is_active = False
    user.save()

    assert api_keys.use_key(text) is None


@pytest.mark.parametrize("scopes", [[], ["events:read"], ["events:write", "root"]])
def test_a_key_needs_scopes_that_exist(scopes):
    with pytest.raises(InvalidRequest):
        api_keys.create_key(make_user(), "deploy", scopes)


def test_the_use_of_a_key_is_noted_once_a_minute(django_assert_num_queries):
    _, text = api_keys.create_key(make_user(), "deploy", ["events:write"])
    api_keys.use_key(text)

    with django_assert_num_queries(1):
        api_keys.use_key(text)


def test_a_rotated_key_and_its_predecessor_both_open_until_the_time_is_over():
    old, text = api_keys.create_key(make_user(), "deploy", ["events:write"])

    new, new_text = api_keys.rotate_key(old.pk, overlap=minutes(60))

    assert (new.name, new.scopes, new.expires_at) == ("deploy", ["events:write"], None)
    assert [api_keys.use_key(one).pk for one in (text, new_text)] == [old.pk, new.pk]
    old.refresh_from_db()
    assert minutes(59) < old.expires_at - timezone.now() <= minutes(60)


def test_a_key_that_is_rotated_without_a_time_opens_nothing_more():
    old, text = api_keys.create_key(make_user(), "deploy", ["events:write"])

    api_keys.rotate_key(old.pk, overlap=minutes(0))

    assert api_keys.use_key(text) is None
    with pytest.raises(InvalidRequest):
        api_keys.rotate_key(old.pk, overlap=minutes(1))


def test_a_rotated_key_lives_no_longer_than_the_old_one_would_have():
    end = timezone.now() + minutes(30)
    old, _ = api_keys.create_key(make_user(), "deploy", ["events:write"], expires_at=end)

    new, _ = api_keys.rotate_key(old.pk, overlap=minutes(60))

    old.refresh_from_db()
    assert (new.expires_at, old.expires_at) == (end, end)


def test_the_api_rotates_ones_own_keys_and_gives_no_scope_that_the_caller_lacks():
    person = make_person("Owner")
    path = "/api/v1/api-keys/{}/rotate/"
    old, text = api_keys.create_key(person, "deploy", ["events:write", "incidents:read"])
    other, _ = api_keys.create_key(make_user(), "theirs", ["config:read"])

    refused = script(person, "config:write").post(path.format(old.pk))
    answer = script(person).post(path.format(old.pk), {"overlap_minutes": 5})
    theirs = script(person).post(path.format(other.pk))

    assert (refused.status_code, answer.status_code) == (403, 201)
    assert theirs.status_code in (403, 404)
    assert api_keys.use_key(answer.json()["key"]).name == "deploy"
    assert api_keys.use_key(text) == old
