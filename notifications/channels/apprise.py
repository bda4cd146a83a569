"""Services that the library apprise speaks to, by the portal's own connections.

https://appriseit.com/services/
"""

import re
from types import SimpleNamespace
from typing import Any

import requests
from django import forms

from notifications.channels._apprise_plugins import (
    IS_INSTALLED,
    PLUGINS,
    notify,
    plugin_of,
    scheme_of,
)
from notifications.channels._base import BaseChannel, Config, post
from notifications.channels._refusals import refusals
from notifications.message.message import Message
from notifications.message.plain_text import cut, plain_text
from notifications.message.short import short_text
from opsportal.lib.net.errors import DeliveryError

MIN_WHOLE_CHARS = 700  # A service that takes less, such as SMS, gets the short text.


class Channel(BaseChannel):
    """Further services, such as Prowl, Pushbullet or Threema; they do not learn what is urgent."""

    label = "Apprise"
    example = {"url": "prowl://9b1c5f0e6d2a4837bc10fe5523a9d8e7c6b4a291"}
    for_people = for_sharing = IS_INSTALLED

    class Form(forms.Form):
        url = forms.CharField(
            label="Apprise URL",
            max_length=2000,
            widget=forms.PasswordInput,
            help_text=f"It begins with one of: {', '.join(f'{name}://' for name in PLUGINS)}.",
        )

        def clean_url(self) -> str:
            """Raises ValidationError for what is no address of one of these services."""
            url = str(self.cleaned_data["url"])
            try:
                plugin_of(url, REQUESTS)
            except DeliveryError as error:
                raise forms.ValidationError(str(error)) from None
            return url

    def send(self, config: Config, message: Message) -> str:
        """Raises DeliveryError."""
        plugin = plugin_of(config["url"], REQUESTS)
        title, text = _words(message, plugin.title_maxlen, plugin.body_maxlen)
        with refusals(secrets=re.split(r"[/:@?&=]+", config["url"].partition("://")[2])):
            notify(plugin, title, text)
        return ""

    def describe(self, config: Config) -> str:
        scheme = scheme_of(str(config.get("url") or ""))
        return f"{scheme}://…" if scheme in PLUGINS else self.label

    def lane(self, config: Config) -> str:
        return f"{self.label} {self.describe(config)}"


def _words(message: Message, title_limit: int, limit: int) -> tuple[str, str]:
    """The title, where there may be one, and the text."""
    title = cut(message.subject, title_limit) if title_limit > 0 else ""
    if limit - len(title) < MIN_WHOLE_CHARS:
        return "", short_text(message, limit=limit)
    return title, plain_text(message, limit - len(title), with_subject=not title)


def _post(url: str, data: Any = None, **parts: Any) -> requests.Response:
    """As ``requests.post``, but within the portal's rules for requests. Raises DeliveryError."""
    wanted = {name: parts.get(name) for name in ("json", "params", "headers", "auth")}
    ready = requests.Request("POST", url, data=data, **wanted).prepare()
    return post(str(ready.url), data=ready.body, headers=ready.headers)


REQUESTS = SimpleNamespace(
    post=_post, codes=requests.codes, RequestException=requests.RequestException
)
