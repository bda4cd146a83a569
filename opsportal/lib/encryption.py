"""Encryption of secrets in the database: Fernet, with a key derived from ``SECRET_KEY``."""

import base64
import hashlib
import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.db import models


@lru_cache(maxsize=4)
def _fernet(secret: str) -> Fernet:
    digest = hashlib.sha256(b"opsportal secrets at rest" + secret.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(digest))


def encrypt(text: str) -> str:
    """A Fernet token of the text; ``decrypt`` needs the same ``SECRET_KEY``."""
    return _fernet(settings.SECRET_KEY).encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """The text of a token; '' if it was made with another ``SECRET_KEY``. Never raises."""
    try:
        return _fernet(settings.SECRET_KEY).decrypt(token.encode()).decode()
    except InvalidToken:
        return ""


if TYPE_CHECKING:
    TextField = models.TextField[Any, Any]
else:
    TextField = models.TextField


class EncryptedTextField(TextField):
    """Text that is encrypted in the database and plain in Python."""

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return decrypt(value) if value else value

    def get_prep_value(self, value: str | None) -> str | None:
        return encrypt(value) if value else value


class EncryptedJSONField(TextField):
    """A JSON value that is encrypted in the database; {} if the key has changed."""

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        return json.loads(decrypt(value) or "{}") if value else {}

    def to_python(self, value: Any) -> Any:
        return json.loads(value or "{}") if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> str:
        return encrypt(json.dumps(value if value is not None else {}))

    def value_to_string(self, obj: models.Model) -> str:
        return json.dumps(self.value_from_object(obj))
