"""API keys in a request's headers."""

from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from incidents.actions import api_keys
from incidents.models import ApiKey, User

SCHEMES = ("bearer", "api-key")


class ApiKeyAuthentication(BaseAuthentication):
    """The key's user, and the key as ``request.auth``. A key that is wrong is never overlooked:
    a session beside it does not help."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        text = key_in(request)
        if text is None:
            return None
        key = api_keys.use_key(text)
        if key is None:
            raise AuthenticationFailed("This API key is unknown, expired or revoked.")
        return key.user, key

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="OpsPortal API"'


def key_in(request: Request | HttpRequest) -> str | None:
    """The key as it was sent: ``Authorization: Bearer …``, ``Api-Key …`` or ``X-API-Key: …``."""
    scheme, _, text = request.headers.get("Authorization", "").strip().partition(" ")
    if scheme.lower() in SCHEMES:
        return text.strip()
    return request.headers.get("X-API-Key")
