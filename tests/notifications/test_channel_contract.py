"""What every channel promises. A new one is tested here without a line of this file changing."""

import re
import sys
from pathlib import Path

import pytest
import requests
from django import forms

from notifications.channels import BaseChannel, all_channels
from notifications.channels._base import ProvidedChannel
from notifications.errors import UnknownChannel
from opsportal.lib.net.errors import DeliveryError
from tests.notifications.samples import make_brief, make_message

GUIDE = Path(__file__).parent.parent.parent / "docs" / "adding-a-channel.md"
ALL = all_channels()
POSTING = {
    key: channel
    for key, channel in ALL.items()
    if any(name.startswith("post") for name in vars(sys.modules[type(channel).__module__]))
}

# The others are carried by providers, whose tests are theirs.
SENDING = {key: one for key, one in ALL.items() if not isinstance(one, ProvidedChannel)}

# A channel may keep a key of the portal in the database, as push does.
pytestmark = pytest.mark.django_db
every = pytest.mark.parametrize("channel", ALL.values(), ids=ALL)
sending = pytest.mark.parametrize("channel", SENDING.values(), ids=SENDING)
posting = pytest.mark.parametrize("channel", POSTING.values(), ids=POSTING)

MESSAGES = {
    "triggered": make_message(make_brief()),
    "resolved": make_message(make_brief(status="resolved"), event="incident.resolved"),
    "several": make_message(make_brief(1), make_brief(2)),
    "test": make_message(event="test"),
    "verification": make_message(event="verification", code="123456"),
    "odd": make_message(make_brief(title='<b>"ü" 😀\r\n</b>\x00', service_id=None, service="")),
}


def test_an_unknown_channel_is_a_defect_and_never_another_channel():
    with pytest.raises(UnknownChannel, match="There is no channel called “fax”") as failure:
        all_channels()["fax"]

    assert isinstance(failure.value, DeliveryError)
    assert failure.value.permanent


@every
def test_it_is_a_channel_that_somebody_can_use(channel):
    assert isinstance(channel, BaseChannel)
    assert channel.label
    assert channel.for_people or channel.for_sharing


@every
def test_the_form_accepts_the_example(channel):
    form = channel.Form(channel.example)

    assert form.is_valid(), form.errors
    assert form.cleaned_data == channel.example


@every
def test_every_field_explains_itself(channel):
    unexplained = [name for name, field in channel.Form.base_fields.items() if not field.help_text]

    assert unexplained == []


@every
def test_its_address_is_one_of_its_fields(channel):
    assert channel.address_field in ("", *channel.Form.base_fields)


@every
def test_the_description_is_short_and_holds_no_secret(channel):
    words = channel.describe(channel.example)

    assert 0 < len(words) < 100
    assert not [name for name in channel.secret_fields if channel.example[name] in words]


@every
def test_a_description_never_fails_however_little_is_known(channel):
    assert isinstance(channel.describe({}), str)


@every
def test_a_secret_is_not_shown_again(channel):
    html = channel.Form(initial=channel.example).as_p()

    assert not [name for name in channel.secret_fields if channel.example[name] in html]


@sending
@pytest.mark.parametrize("message", MESSAGES.values(), ids=MESSAGES)
def test_every_kind_of_message_can_be_sent(channel, outside, message):
    outside.answers_with(200)

    assert isinstance(channel.send(channel.example, message), str)


@sending
def test_what_is_optional_may_be_missing(channel, outside):
    needed = [name for name, field in channel.Form.base_fields.items() if field.required]
    outside.answers_with(200)

    channel.send({name: channel.example[name] for name in needed}, MESSAGES["triggered"])


@posting
@pytest.mark.parametrize(
    ("status", "permanent"),
    [
        (400, True),
        (401, True),
        (404, True),
        (410, True),
        (408, False),
        (425, False),
        (429, False),
        (500, False),
        (503, False),
    ],
)
def test_a_refusal_is_a_delivery_error(channel, outside, status, permanent):
    outside.answers_with(status)

    with pytest.raises(DeliveryError) as failure:
        channel.send(channel.example, MESSAGES["triggered"])

    assert failure.value.permanent is permanent
    assert failure.value.ambiguous is False
    assert f"answered {status}" in str(failure.value)
    assert len(outside.requests) == 1


@posting
def test_silence_leaves_doubt(channel, outside):
    outside.fails_with(requests.ReadTimeout("…"))

    with pytest.raises(DeliveryError) as failure:
        channel.send(channel.example, MESSAGES["triggered"])

    assert (failure.value.permanent, failure.value.ambiguous) == (False, True)


@posting
def test_an_answer_that_is_not_json_is_a_success_all_the_same(channel, outside):
    outside.answers_with(200, b"<html>ok")

    assert isinstance(channel.send(channel.example, MESSAGES["triggered"]), str)


@every
def test_its_secrets_have_an_example(channel):
    assert all(channel.example[name] for name in channel.secret_fields)
    assert all(
        isinstance(channel.Form.base_fields[name], forms.Field) for name in channel.secret_fields
    )


def test_the_channel_that_the_guide_shows_sends(outside):
    written, guide = {}, GUIDE.read_text()
    exec(re.search(r"```python\n(\"{3}Messages through.*?)```", guide, re.S)[1], written)
    channel = written["Channel"]()
    outside.answers_with(200, {"id": 5})

    provider_id = channel.send(channel.example, make_message(make_brief()))

    assert provider_id == "5"
    assert outside.requests[0].headers["Authorization"] == "Bearer t0k"
    assert channel.describe(channel.example) == "ops"
