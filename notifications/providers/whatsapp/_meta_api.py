"""Requests to Meta's Cloud API, and what its refusals mean."""

from typing import Any

from notifications.channels._base import Config
from notifications.providers import _calls
from notifications.providers._calls import Fault
from notifications.providers._http import int_of
from notifications.receipts import Accepted

API = "https://graph.facebook.com"
VERSION = "v24.0"
OF_ONE_PERSON, WAIT_S = 131056, 6.0
# https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes
FAULTS = {
    **dict.fromkeys((131021, 131026, 131030), Fault.ADDRESS),
    # Token, permission, account or payment; templates that are wrong, paused or not approved.
    **dict.fromkeys((10, 190, 200, 368, 131031, 131042), Fault.PROVIDER),
    **dict.fromkeys((132000, 132001, 132005, 132007, 132012, 132015, 132016), Fault.PROVIDER),
    **dict.fromkeys((4, 80007, 130429, 131048, OF_ONE_PERSON), Fault.PASSING),
    **dict.fromkeys((1, 2, 131000, 131016, 133004), Fault.PASSING),
}


def send(config: Config, number: str, content: dict[str, Any]) -> Accepted:
    """Send content of whatever type. Raises ``Refused``."""
    wanted = {"messaging_product": "whatsapp", "recipient_type": "individual"}
    fields = call(config, "POST", "/messages", json={**wanted, "to": number.lstrip("+"), **content})
    messages = fields.get("messages") or [{}]
    return Accepted(provider_id=str(messages[0].get("id") or ""))


def call(config: Config, method: str, path: str, **parts: Any) -> dict[str, Any]:
    """The answer about the number that sends. Raises ``Refused`` in Meta's words."""
    url = f"{API}/{VERSION}/{config['phone_id']}{path}"
    headers = {"Authorization": f"Bearer {config['token']}"}
    response, fields = _calls.call(method, url, headers=headers, **parts)
    if response.ok:
        return fields
    error = fields.get("error") or {}
    code = int_of(error.get("code"))
    words = (error.get("error_data") or {}).get("details") or error.get("message")
    raise _calls.refusal(
        response,
        f"WhatsApp: {words or response.reason} ({code or response.status_code})",
        fault=FAULTS.get(code),
        retry_after=WAIT_S if code == OF_ONE_PERSON else None,
        secrets=(config["token"], config["app_secret"]),
    )
