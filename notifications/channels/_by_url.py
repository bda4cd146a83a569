"""Channels whose address is a URL that something posts to: webhooks of chats, and of machines."""

import json
import re
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import requests
from django import forms

from notifications.channels._base import GONE, BaseChannel, Config, WebAddressField, post
from opsportal.lib.net.errors import DeliveryError

MAX_URL_CHARS = 2000
MIN_SECRET_CHARS = 16
# The URL is the credential: where it is refused, a new one is needed, and waiting does not help.
URL_REFUSED = (401, 403, *GONE)


class ByUrl(BaseChannel):
    """Sends to ``config["url"]``, of which only the host may be shown."""

    for_people = False
    for_sharing = True

    def describe(self, config: Config) -> str:
        parts = urlsplit(config.get("url") or "")
        return f"{parts.scheme}://{parts.hostname}/…"  # The rest is often a password.

    def lane(self, config: Config) -> str:
        url = str(config.get("url") or "")
        parts = urlsplit(url)
        place = parts.netloc.rpartition("@")[2][:270]
        return f"{parts.scheme}://{place}/… {sha256(url.encode()).hexdigest()[:8]}"


class HookUrlField(WebAddressField):
    """The URL of an incoming webhook. Whoever has it may post, so it is never shown again."""

    widget = forms.PasswordInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(label="URL", max_length=MAX_URL_CHARS, **kwargs)


def post_card(url: str, body: bytes) -> requests.Response:
    """POST the JSON to an incoming webhook, once. Raises DeliveryError as ``post`` does."""
    headers = {"Content-Type": "application/json"}
    try:
        return post(url, data=body, headers=headers, address_faults=URL_REFUSED)
    except DeliveryError as error:
        error.args = (_without_secrets(str(error), url),)
        raise


def _without_secrets(sentence: str, url: str) -> str:
    """The sentence, which quotes the answer, without what in the URL may be a password."""
    parts = urlsplit(url)
    for part in re.split("[/&=]", f"{parts.path}&{parts.query}"):
        if len(part) >= MIN_SECRET_CHARS:
            sentence = sentence.replace(part, "…")
    return sentence


def as_json(payload: Any) -> bytes:
    """In UTF-8, so that a limit of bytes is not used up by escapes."""
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()


def with_query(url: str, **parameters: str) -> str:
    """The URL with these parameters in its query, in place of those of the same name."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True)) | parameters
    return parts._replace(query=urlencode(query)).geturl()
