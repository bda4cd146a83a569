"""What every provider promises. A new one is tested here without a line of this file changing."""

import pytest
from django import forms

from notifications.channels import all_channels
from notifications.channels._base import ProvidedChannel
from notifications.errors import CallbackRefused
from notifications.providers import BaseProvider, all_providers, providers_of
from notifications.receipts import Callback

ALL = all_providers()
every = pytest.mark.parametrize(
    ("channel", "provider"),
    [(channel, provider) for (channel, _), provider in ALL.items()],
    ids=["-".join(key) for key in ALL],
)


@every
def test_the_form_accepts_the_example(channel, provider):
    form = provider.Form(provider.example)

    assert form.is_valid(), form.errors
    assert form.cleaned_data == provider.example


@every
def test_it_says_in_at_most_six_steps_how_to_get_there(channel, provider):
    assert isinstance(provider, BaseProvider)
    assert provider.label
    assert 1 <= len(provider.steps) <= 6
    assert all(step.endswith((".", ":", "?")) for step in provider.steps)
    assert [name for name, field in provider.Form.base_fields.items() if not field.help_text] == []


@every
def test_it_is_of_a_channel_that_is_carried_by_providers(channel, provider):
    assert all_channels()[channel].has_provider


def test_a_channel_that_is_carried_by_providers_has_one():
    provided = {key for key, one in all_channels().items() if isinstance(one, ProvidedChannel)}

    assert [key for key in provided if not providers_of(key)] == []


@every
def test_variables_of_the_environment_fill_fields_of_the_form(channel, provider):
    assert provider.environment.keys() <= provider.Form.base_fields.keys()
    assert len(set(provider.environment.values())) == len(provider.environment)


@every
def test_a_secret_is_typed_into_a_password_field(channel, provider):
    words = ("token", "secret", "password", "key")
    named = [name for name in provider.Form.base_fields if name.endswith(words)]
    shown = [
        name
        for name in named
        if not isinstance(provider.Form.base_fields[name].widget, forms.PasswordInput)
    ]

    assert [name for name in shown if not name.startswith("public")] == []


@every
def test_a_callback_of_a_stranger_says_nothing(channel, provider):
    """Where nothing is signed it may move a known message on, and acts for nobody."""
    stranger = Callback(
        method="POST",
        url="https://ops.example/callbacks/x/",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        query={},
        body=b"MessageSid=1&MessageStatus=delivered",
    )
    try:
        heard = provider.read_callback({**provider.example, "callback_url": stranger.url}, stranger)
    except CallbackRefused:
        return
    assert heard.replies == ()
