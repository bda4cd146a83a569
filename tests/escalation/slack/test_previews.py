"""Links to incidents that are posted in Slack show what they are about, and no more."""

import json
import time

import pytest

from tests.escalation.slack.workspace import make_slacker
from tests.factories import make_incident
from tests.notifications.fake_slack import signed

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def site(settings):
    settings.SITE_URL = "https://ops.example"


def share(slack, *urls, user="U42", **fields):
    links = [{"domain": "ops.example", "url": url} for url in urls]
    event = {"type": "link_shared", "user": user, "channel": "C1", "message_ts": "1.2"}
    return slack.event(event | {"links": links} | fields)


def test_a_link_shows_title_status_and_service(slack):
    make_slacker("U42")
    incident = make_incident(title="Disk <!here> full", description="the password is 1234")
    url = f"https://ops.example/incidents/{incident.pk}/?from=mail"

    assert share(slack, url) == {}

    (sent,) = slack.unfurled
    assert (sent["channel"], sent["ts"]) == ("C1", "1.2")
    assert sent["unfurls"].keys() == {url}
    text = sent["unfurls"][url]["blocks"][0]["text"]["text"]
    assert text == (
        f"*<https://ops.example/incidents/{incident.pk}/|#{incident.pk} Disk &lt;!here&gt; full>*\n"
        f"Open · {incident.service}"
    )


def test_one_that_is_being_written_is_named_by_its_id(slack):
    make_slacker("U42")
    url = f"https://ops.example/incidents/{make_incident().pk}/"

    share(slack, url, unfurl_id="C1-1.2", source="composer")

    sent = slack.unfurled[0]
    assert (sent["unfurl_id"], sent["source"]) == ("C1-1.2", "composer")
    assert "channel" not in sent


@pytest.mark.parametrize("role", ["", "Owner"])
@pytest.mark.parametrize("is_private", [True, False])
def test_what_is_private_or_not_for_who_posts_it_stays_a_link(slack, role, is_private):
    make_slacker("U42", role=role)
    incident = make_incident(is_private=is_private)

    share(slack, f"https://ops.example/incidents/{incident.pk}/")

    assert bool(slack.unfurled) == (role == "Owner" and not is_private)


@pytest.mark.parametrize(
    "url",
    [
        "https://ops.example.evil/incidents/{}/",
        "http://ops.example/incidents/{}/",
        "https://ops.example/incidents/{}/why/",
        "https://ops.example/services/{}/",
        "https://ops.example/incidents/999999/",
        "javascript:{}",
    ],
)
def test_other_links_are_left_alone(slack, url):
    make_slacker("U42")

    share(slack, url.format(make_incident().pk))

    assert slack.unfurled == []


def test_a_link_of_somebody_who_is_not_known_stays_a_link(slack):
    share(slack, f"https://ops.example/incidents/{make_incident().pk}/")

    assert slack.unfurled == []


def test_the_address_is_verified_by_its_challenge_if_that_is_signed(slack, client):
    body = json.dumps({"type": "url_verification", "challenge": "3eZ"})
    path = f"/callbacks/{slack.provider.token}/"

    def ask(secret):
        headers = signed(body, time.time(), secret=secret)
        return client.post(path, data=body, content_type="application/json", headers=headers)

    good, bad = ask(slack.provider.config["signing_secret"]), ask("other")

    assert (good.status_code, good.content) == (200, b"3eZ")
    assert (bad.status_code, b"3eZ" in bad.content) == (403, False)
