"""SMS by any gateway that takes an HTTP request, described in words on its form."""

from collections.abc import Mapping
from urllib.parse import parse_qsl
from uuid import uuid4

import requests

from notifications.channels._base import Config
from notifications.choices import ReceiptState
from notifications.message.sms_segments import segments
from notifications.providers import _gateway, _gateway_form
from notifications.providers._http import TIMEOUT_S, Vendor
from notifications.providers._sms import SmsProvider
from notifications.receipts import Accepted, Callback, Heard, Receipt
from opsportal.lib.net import http

GATEWAY = Vendor(
    label="The gateway",
    of_address=frozenset({"refused"}),
    of_busy=frozenset({"busy"}),
    of_account=frozenset({"no success"}),
)
RECEIPT_WITHIN_S = 60.0


class Provider(SmsProvider):
    """For gateways that have no module of their own here."""

    label = "HTTP gateway"
    example = {
        "method": "POST",
        "url": "https://sms.example/send?to={{to_plain}}",
        "headers": "Authorization: Bearer {{secret}}",
        "kind": "application/json",
        "body": '{"to": "{{to}}", "from": "{{from}}", "text": "{{text}}", "ref": "{{id}}"}',
        "secret": "g4teway-key",
        "sender": "+15005550006",
        "success_if": "$.status = OK",
        "id_at": "$.id",
        "refused_if": "",
        "busy_if": "",
        "receipt_id": "id",
        "receipt_status": "status",
        "delivered_if": "^delivered$",
        "failed_if": "^(failed|expired)$",
    }
    steps = (
        "Write the request as your gateway documents it, with {{to}} (+49…), {{to_plain}} (49…), "
        "{{text}}, {{from}}, {{id}}, {{callback}} and {{secret}} where they belong.",
        "Put the password or key into its own field, and {{secret}} where it is needed.",
        "Say by which words of the answer it was accepted: an expression, or $.path = value.",
        "playSMS: GET https://host/index.php?app=ws&op=pv&u=USER&h={{secret}}&to={{to}}"
        "&msg={{text}}&unicode=1, success $.data.0.status = OK, id $.data.0.smslog_id.",
        "gammu-smsd, smstools: put a small HTTP script before them; SMPP: use Kannel.",
        "Where the gateway reports deliveries, give it the address shown below.",
    )
    receipt_within_s = None

    Form = _gateway_form.GatewayForm

    def takes_replies(self, config: Config) -> bool:
        return False

    def send_text(self, config: Config, number: str, text: str) -> Accepted:
        reference = uuid4().hex
        values = {
            "to": number,
            "to_plain": number.lstrip("+"),
            "text": text,
            "from": str(config.get("sender") or ""),
            "id": reference,
            "callback": str(config.get("callback_url") or ""),
            "secret": str(config.get("secret") or ""),
        }
        said = _ask(config, values)
        return Accepted(
            provider_id=_gateway.place(str(config.get("id_at") or ""), said) or reference,
            segments=segments(text).parts,
            receipt_within_s=RECEIPT_WITHIN_S if config.get("delivered_if") else None,
        )

    def read_callback(self, config: Config, callback: Callback) -> Heard:
        found = _report(callback, str(config.get("receipt_id") or ""))
        status = _report(callback, str(config.get("receipt_status") or ""))
        rules = (("delivered_if", ReceiptState.DELIVERED), ("failed_if", ReceiptState.FAILED))
        for name, state in rules:
            if found and _gateway.holds(str(config.get(name) or ""), status):
                code = status if state == ReceiptState.FAILED else ""
                return Heard(receipts=(Receipt(provider_id=found, state=state, code=code),))
        return Heard()


def _ask(config: Config, values: Mapping[str, str]) -> str:
    """The text of an answer that is a success. Raises DeliveryError for any other."""
    kind, body = str(config["kind"]), str(config.get("body") or "")
    encode = _gateway.ENCODINGS[kind]
    heads = _gateway.headers_of(str(config.get("headers") or ""), values)
    response = http.send(
        str(config["method"]),
        _gateway.fill(str(config["url"]), values, _gateway.in_url),
        data=_gateway.fill(body, values, encode).encode() if body else None,
        headers={"Content-Type": kind, **heads} if body else heads,
        timeout=TIMEOUT_S,
    )
    said = response.content.decode(errors="replace")
    rule = str(config.get("success_if") or "")
    if response.ok and (not rule or _gateway.holds(rule, said)):
        return said
    words = said.replace(values["secret"], "…") if values["secret"] else said
    raise GATEWAY.error_of(response, words, _meaning(config, response, said))


def _meaning(config: Config, response: requests.Response, said: str) -> str:
    if _gateway.holds(str(config.get("refused_if") or ""), said):
        return "refused"
    if _gateway.holds(str(config.get("busy_if") or ""), said):
        return "busy"
    return "no success" if response.ok else ""


def _report(callback: Callback, name: str) -> str:
    """A field of a report: of the query, of a form, or of a JSON object ($.path, or its name)."""
    body = callback.body.decode(errors="replace")
    form = {} if body.lstrip().startswith("{") else dict(parse_qsl(body))
    return callback.query.get(name) or form.get(name) or _gateway.value_at(name, body)
