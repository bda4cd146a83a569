"""That a request comes from Microsoft's Bot Connector, by the token that it brings.

https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import jwt

from notifications.channels._base import Config
from notifications.errors import CallbackRefused
from notifications.providers._http import header, object_at
from notifications.providers._published_keys import PublishedKeys, object_at_url
from notifications.receipts import Callback
from opsportal.lib.net.errors import DeliveryError

METADATA = "https://login.botframework.com/v1/.well-known/openidconfiguration"
ISSUER = "https://api.botframework.com"
CHANNEL = "msteams"
LEEWAY_S = 300
# The token of the bot goes to a service URL: to no other host.
SERVICE_HOSTS = ("smba.trafficmanager.net",)
SERVICE_DOMAINS = (".botframework.com", ".teams.microsoft.com")


def is_service(url: object) -> bool:
    """Whether a URL is one of Teams, to which the token of the bot may go."""
    try:
        parts = urlsplit(url if isinstance(url, str) else "")
    except ValueError:
        return False
    host = parts.hostname or ""
    is_known = host in SERVICE_HOSTS or host.endswith(SERVICE_DOMAINS)
    return parts.scheme == "https" and is_known and parts.netloc == host


def check(config: Config, callback: Callback, activity: Mapping[str, Any]) -> None:
    """Raises CallbackRefused unless the Bot Connector made this request for this bot and tenant,
    and CannotVerify where its keys cannot be fetched now."""
    scheme, _, token = header(callback, "Authorization").partition(" ")
    try:
        key_id = jwt.get_unverified_header(token).get("kid") if scheme == "Bearer" else None
    except jwt.PyJWTError:
        key_id = None
    if not isinstance(key_id, str):
        raise CallbackRefused("The request brings no token of Microsoft.")
    key = KEYS.find(key_id)
    claims = _claims(config, token, key)
    if activity.get("channelId") != CHANNEL or CHANNEL not in (key.get("endorsements") or ()):
        raise CallbackRefused("The key of the token does not vouch for Teams.")
    url = activity.get("serviceUrl")
    if not is_service(url) or url not in (claims.get("serviceurl"), claims.get("serviceUrl")):
        raise CallbackRefused("The token is of another service URL.")
    if _tenant(activity) != str(config["tenant_id"]).lower():
        raise CallbackRefused("The request is of another tenant.")


def _claims(config: Config, token: str, key: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return jwt.decode(
            token,
            jwt.PyJWK(dict(key), algorithm="RS256").key,
            algorithms=["RS256"],
            audience=config["app_id"],
            issuer=ISSUER,
            leeway=LEEWAY_S,
            options={"require": ["exp", "iss", "aud"]},
        )
    except jwt.PyJWTError as error:
        raise CallbackRefused(f"The token does not hold: {error}.") from None


def _tenant(activity: Mapping[str, Any]) -> str:
    said = object_at(activity, "channelData", "tenant").get("id")
    return str(said or object_at(activity, "conversation").get("tenantId") or "").lower()


def _where() -> str:
    """Where the keys are. Raises DeliveryError."""
    url = str(object_at_url(METADATA, "Microsoft").get("jwks_uri") or "")
    if urlsplit(url).hostname != urlsplit(METADATA).hostname:
        raise DeliveryError("Microsoft's keys are said to be elsewhere.", permanent=True)
    return url


KEYS = PublishedKeys("Microsoft", _where)
