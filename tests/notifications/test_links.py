"""Links that act for a person who has not signed in."""

from datetime import UTC, datetime, timedelta

import pytest

from notifications import action_links
from notifications.errors import LinkExpired, LinkInvalid
from tests.notifications.samples import DELIVERY

NOW = datetime(2026, 1, 23, 10, 30, 42, tzinfo=UTC)


@pytest.fixture(autouse=True)
def site(settings):
    settings.SITE_URL, settings.ACTION_LINK_DAYS = "https://ops.example", 7


def token_for(incident_id=1042, user_id=7, verb="acknowledge"):
    url = action_links.action_url(incident_id, user_id, verb, delivery_id=DELIVERY, now=NOW)
    assert url.startswith("https://ops.example/a/")
    assert url.endswith("/")
    return url.removeprefix("https://ops.example/a/").removesuffix("/")


@pytest.mark.parametrize("verb", ["acknowledge", "resolve"])
@pytest.mark.parametrize("user_id", [7, None])
def test_a_link_says_again_what_it_was_made_for(verb, user_id):
    link = action_links.read_action(token_for(user_id=user_id, verb=verb), now=NOW)

    assert link == action_links.ActionLink(
        incident_id=1042,
        user_id=user_id,
        verb=verb,
        issued_at=NOW.replace(second=0),
        delivery="6f1c2a90",
    )


def test_a_link_fits_into_a_text_message():
    assert len(token_for(incident_id=10_000_000, user_id=100_000)) <= 54


def test_a_link_for_something_else_cannot_be_made():
    with pytest.raises(LookupError):
        token_for(verb="delete")


def test_a_link_is_good_until_its_last_day():
    token = token_for()

    assert (
        action_links.read_action(token, now=NOW + timedelta(days=6, hours=23)).incident_id == 1042
    )


def test_an_old_link_is_expired_and_says_for_how_long_it_was_good():
    with pytest.raises(LinkExpired, match="good for 7 days") as refusal:
        action_links.read_action(token_for(), now=NOW + timedelta(days=7, minutes=1))

    assert refusal.value.code == "link_expired"


@pytest.mark.parametrize("place", range(0, 45, 3))
def test_a_changed_link_is_invalid(place):
    token = token_for()
    other = "A" if token[place] != "A" else "B"

    with pytest.raises(LinkInvalid):
        action_links.read_action(token[:place] + other + token[place + 1 :], now=NOW)


@pytest.mark.parametrize("token", ["", ".", "....", "a", "aG8.7.1.x.", "é.1.2.3", "a" * 5000])
def test_rubbish_is_invalid(token):
    with pytest.raises(LinkInvalid) as refusal:
        action_links.read_action(token, now=NOW)

    assert refusal.value.code == "link_invalid"


def test_a_link_signed_with_another_key_is_invalid(settings):
    token = token_for()
    settings.SECRET_KEY = "another"

    with pytest.raises(LinkInvalid):
        action_links.read_action(token, now=NOW)


def test_a_link_signed_with_a_former_key_stays_good(settings):
    token = token_for()
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another"

    assert action_links.read_action(token, now=NOW).incident_id == 1042
