"""Microsoft's Bot Framework: a JWT (RS256) that Microsoft signed for one app.

https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import jwt

from integrations.signatures.bot_framework_keys import KEYS, SigningKey
from opsportal.lib.signatures.errors import BadSignature
from opsportal.lib.signatures.hmac_scheme import Message
from opsportal.lib.signatures.json_body import object_in

NAME = "bot-framework"
ISSUER = "https://api.botframework.com"
CHANNEL = "msteams"
ALGORITHMS = ["RS256"]  # Never what the token itself says: “none”, or HS256 with a public key.
LEEWAY_S = 300
MAX_TOKEN_CHARS = 8_000
WORDS: list[tuple[type[jwt.PyJWTError], str]] = [
    (jwt.ExpiredSignatureError, "the token has expired"),
    (jwt.ImmatureSignatureError, "the token is not valid yet"),
    (jwt.InvalidAudienceError, "the token is for another app than the one that is saved here"),
    (jwt.InvalidIssuerError, "the token is not issued by the Bot Framework"),
    (jwt.MissingRequiredClaimError, "the token lacks its issuer, its audience or its end"),
    (jwt.InvalidAlgorithmError, "the token is not signed with RS256"),
    (jwt.InvalidSignatureError, "the signature of the token does not match"),
]


@dataclass(frozen=True, slots=True)
class BotFramework:
    """``secrets`` are the app ids that the token may be issued for; they are public."""

    label: str = "Microsoft Bot Framework"
    headers: tuple[str, ...] = ("Authorization",)
    needs_secret: bool = field(default=True, init=False)

    def verify(self, secrets: Sequence[str], message: Message, now: datetime) -> None:
        """Raises BadSignature, or CannotVerify if Microsoft's keys cannot be fetched."""
        apps = [app for app in secrets if app]
        if not apps:
            raise BadSignature("the app id of the Teams app is not saved here")
        token = _token(message)
        key = KEYS.key_of(_kid(token))
        claims = _claims(token, key, apps)
        _compare(claims, key, message.body)


def _token(message: Message) -> str:
    scheme, _, token = message.headers.get("authorization", "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token or len(token) > MAX_TOKEN_CHARS:
        raise BadSignature("the header Authorization holds no token of the Bot Framework")
    return token


def _kid(token: str) -> str:
    """The id of the key, read before the token is verified. Raises BadSignature."""
    try:
        head = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, RecursionError):
        raise BadSignature("the token is damaged") from None
    if head.get("alg") not in ALGORITHMS:
        raise BadSignature("the token is not signed with RS256")
    kid = head.get("kid")
    if not isinstance(kid, str) or not kid:
        raise BadSignature("the token does not name its key")
    return kid


def _claims(token: str, key: SigningKey, apps: Sequence[str]) -> dict[str, Any]:
    try:
        return jwt.decode(
            token,
            key.public_key,
            algorithms=ALGORITHMS,
            audience=apps,
            issuer=ISSUER,
            leeway=LEEWAY_S,
            options={"require": ["exp", "iss", "aud"]},
        )
    except jwt.PyJWTError as error:
        known = (words for kind, words in WORDS if isinstance(error, kind))
        raise BadSignature(next(known, "the token is damaged")) from None


def _compare(claims: dict[str, Any], key: SigningKey, body: bytes) -> None:
    """Check that the token is for an activity of Teams and its service URL. Raises BadSignature."""
    activity = object_in(body)
    if activity is None:
        raise BadSignature("the message is no activity")
    if activity.get("channelId") != CHANNEL or not key.is_for(CHANNEL):
        raise BadSignature("it does not come from Microsoft Teams")
    place = claims.get("serviceurl")
    if not isinstance(place, str) or not place or place != activity.get("serviceUrl"):
        raise BadSignature("serviceUrl is not the one that the token is for")
