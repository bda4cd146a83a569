"""Encryption of secrets in the database: Fernet, with keys derived from ``SECRET_KEY``.

A stored value is ``<key id>.<Fernet token>``. The key id is a fingerprint of the key and says
nothing about it. Values of older versions are the token alone. ``SECRET_KEY`` encrypts;
``SECRET_KEY_FALLBACKS`` are read as well. A value that none of them reads is not empty: to use it
raises SecretUnreadable, and to save its row leaves it as it is.
"""

import base64
import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models
from django.db.models.query_utils import DeferredAttribute

KEY_ID_CHARS = 8
SEPARATOR = "."  # It occurs in no Fernet token.
UNREADABLE_TEXT = "(cannot be read: encrypted with another key)"


class SecretUnreadable(Exception):
    """A stored secret was encrypted with a key that is neither SECRET_KEY nor a fallback.

    ``key_id`` is the fingerprint of that key; '' for values of versions without fingerprints.
    """

    def __init__(self, key_id: str) -> None:
        self.key_id = key_id
        which = f"the key {key_id}" if key_id else "another key"
        super().__init__(
            f"A stored secret cannot be read: it was encrypted with {which}; SECRET_KEY here is "
            f"{current_key_id()}. Add that key to SECRET_KEY_FALLBACKS, or enter the secret anew."
        )


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What a field holds in place of a value that cannot be read; saved, it is what it was."""

    stored: str


@lru_cache(maxsize=8)
def _fernet(secret: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(_derived(secret)))


def _derived(secret: str) -> bytes:
    return hashlib.sha256(b"opsportal secrets at rest" + secret.encode()).digest()


@lru_cache(maxsize=8)
def key_id_of(secret: str) -> str:
    """The fingerprint of the key that a ``SECRET_KEY`` gives: 8 hexadecimal digits."""
    return hashlib.sha256(b"fingerprint of " + _derived(secret)).hexdigest()[:KEY_ID_CHARS]


def current_key_id() -> str:
    """The fingerprint of the key that encrypts."""
    return key_id_of(settings.SECRET_KEY)


def is_current(stored: str) -> bool:
    """Whether a stored value names the key that encrypts, so that nothing has to be done to it."""
    return stored.startswith(current_key_id() + SEPARATOR)


def split(stored: str) -> tuple[str, str]:
    """(key id, Fernet token) of a stored value; the id of values of older versions is ''."""
    key_id, separator, token = stored.partition(SEPARATOR)
    return (key_id, token) if separator else ("", stored)


def encrypt(text: str) -> str:
    """The text as it is stored, encrypted with ``SECRET_KEY``."""
    token = _fernet(settings.SECRET_KEY).encrypt(text.encode()).decode()
    return f"{current_key_id()}{SEPARATOR}{token}"


def decrypt(stored: str) -> str:
    """The text of a stored value. Raises SecretUnreadable where no key that is known reads it."""
    key_id, token = split(stored)
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    try:
        return MultiFernet([_fernet(key) for key in keys]).decrypt(token.encode()).decode()
    except InvalidToken:
        raise SecretUnreadable(key_id) from None


def reencrypt(stored: str) -> str:
    """A stored value under the key that encrypts. Raises SecretUnreadable."""
    return stored if is_current(stored) else encrypt(decrypt(stored))


def _read(stored: str) -> str | Unreadable:
    try:
        return decrypt(stored)
    except SecretUnreadable:
        return Unreadable(stored)


class ReadableAttribute(DeferredAttribute):
    """The attribute of an encrypted field; to read one that cannot be read raises."""

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        value = super().__get__(instance, cls)
        if isinstance(value, Unreadable):
            raise SecretUnreadable(split(value.stored)[0])
        return value

    def __set__(self, instance: Any, value: Any) -> None:
        # With a setter Python asks __get__ even where the instance holds a value.
        instance.__dict__[self.field.attname] = value


if TYPE_CHECKING:
    TextField = models.TextField[Any, Any]
else:
    TextField = models.TextField


class EncryptedField(TextField):
    """What encrypted fields share: a value that cannot be read is kept by a save."""

    descriptor_class = ReadableAttribute

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        kept = stored_value(model_instance, self.attname)
        return kept if kept is not None else super().pre_save(model_instance, add)


class EncryptedTextField(EncryptedField):
    """Text that is encrypted in the database and plain in Python; '' is not encrypted."""

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        return _read(value) if value else value

    def get_prep_value(self, value: Any) -> str | None:
        if isinstance(value, Unreadable):
            return value.stored
        return encrypt(value) if value else value


class EncryptedJSONField(EncryptedField):
    """A JSON value that is encrypted in the database."""

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        text = _read(value) if value else "{}"
        return text if isinstance(text, Unreadable) else json.loads(text)

    def to_python(self, value: Any) -> Any:
        return json.loads(value or "{}") if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> str:
        if isinstance(value, Unreadable):
            return value.stored
        return encrypt(json.dumps(value if value is not None else {}))

    def value_to_string(self, obj: models.Model) -> str:
        return json.dumps(self.value_from_object(obj))


def stored_value(row: models.Model, name: str) -> Unreadable | None:
    """What a row keeps of a secret that cannot be read, to set it again; None for others."""
    value = row.__dict__.get(name)
    return value if isinstance(value, Unreadable) else None


def readable(row: models.Model, name: str, default: Any) -> Any:
    """A secret of a row, or ``default`` where it cannot be read; to show it, never to decide."""
    try:
        return getattr(row, name)
    except SecretUnreadable:
        return default


def kept_value(row: models.Model, name: str) -> Any:
    """A secret of a row as it is, to be stored again; also one that cannot be read."""
    return stored_value(row, name) or getattr(row, name)


def unreadable_names(row: models.Model) -> list[str]:
    """The names of those secrets of a row that cannot be read."""
    return [name for name, value in row.__dict__.items() if isinstance(value, Unreadable)]
