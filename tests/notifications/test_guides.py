"""The forms of channels say how to get what they ask for, in the words of the documentation."""

import re

import pytest

from notifications.channels import all_channels
from notifications.guides import guide
from tests.pages import browser, make_person, words

MAX_STEPS = 6
# It is asked for a secret that one makes up.
NEEDS_NO_GUIDE = {"webhook"}
GUIDED = [
    channel
    for key, channel in all_channels().items()
    if channel.secret_fields and key not in NEEDS_NO_GUIDE
]


@pytest.mark.parametrize("channel", GUIDED, ids=lambda channel: channel.label)
def test_who_has_to_get_a_secret_elsewhere_is_told_how_in_a_few_steps(channel):
    steps = re.findall("<li>", guide(channel.label))

    assert 2 <= len(steps) <= MAX_STEPS


def test_a_channel_without_a_section_has_no_steps():
    assert guide("Pigeons") == ""


@pytest.mark.django_db
def test_the_form_of_a_contact_method_shows_its_steps():
    client = browser(make_person("Responder"))

    assert "Install the app Bark" in words(client.get("/me/contact-methods/add/bark/"))


@pytest.mark.django_db
def test_the_forms_of_administrators_show_them_too():
    client = browser(make_person("Owner"))

    shared = client.get("/admin/notifications/sharedchannel/add/?channel=line")
    method = client.get("/admin/notifications/contactmethod/add/?channel=ntfy")

    assert "issue a long-lived channel access token" in words(shared)
    assert "Install the app ntfy" in words(method)
