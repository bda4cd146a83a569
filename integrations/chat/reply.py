"""Post delayed replies to the response URL of a chat, which is valid for 30 minutes."""

import logging
from typing import Any
from urllib.parse import urlsplit

from opsportal.lib.net import http
from opsportal.lib.net.errors import DeliveryError

logger = logging.getLogger(__name__)
# A message is signed by Slack, and yet nothing may lead us anywhere else.
HOSTS = ("hooks.slack.com", "hooks.slack-gov.com")


def post(address: str, body: dict[str, Any]) -> bool:
    """Whether the reply was accepted. A failure is only logged: the command is executed anyway."""
    parts = urlsplit(address)
    if parts.scheme != "https" or parts.hostname not in HOSTS or parts.port not in (None, 443):
        return False
    try:
        return http.send("POST", address, json=body).ok
    except DeliveryError as error:
        logger.warning("An answer to a chat was not taken: %s", error)
        return False
