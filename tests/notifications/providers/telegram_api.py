"""A fake that checks what Telegram's Bot API checks."""

import html
import json
import re

from tests.notifications.providers.fakes import provider_of

TELEGRAM = provider_of("telegram", "telegram")
PERSON = {"chat_id": "123456789", "topic": ""}
GROUP = {"chat_id": "-1001234567890", "topic": "7"}
TOKEN = TELEGRAM.example["token"]


def judge(method, path, headers, body):
    name, parts = path.rpartition("/")[2], json.loads(body)
    if path != f"/bot{TOKEN}/{name}":
        return 404, {"ok": False, "error_code": 404, "description": "Not Found"}
    if name == "getMe":
        return 200, {"ok": True, "result": {"id": 1, "username": "ops_bot"}}
    if name != "sendMessage":
        return 200, {"ok": True, "result": True}
    if reason := refused(parts):
        return 400, {"ok": False, "error_code": 400, "description": f"Bad Request: {reason}"}
    return 200, {"ok": True, "result": {"message_id": 42, "chat": {"id": parts["chat_id"]}}}


def refused(parts):
    text = parts["text"]
    if parts.get("parse_mode") == "HTML":
        if re.search(r"<(?!/?b>|a href=\"[^\"<>]*\">|/a>)|&(?!amp;|lt;|gt;|quot;)", text):
            return "can't parse entities: Unsupported start tag"
        text = html.unescape(re.sub(r"<[^>]*>", "", text))
    if not text.strip() or len(text.encode("utf-16-le")) > 2 * 4096:
        return "message is too long" if text else "message text is empty"
    for row in parts.get("reply_markup", {"inline_keyboard": []})["inline_keyboard"]:
        for button in row:
            if len(button.get("callback_data", "").encode()) > 64:
                return "BUTTON_DATA_INVALID"
            if "localhost" in button.get("url", ""):
                return "inline keyboard button URL is invalid: Wrong HTTP URL"
    return ""


def config(vendor, **fields):
    return TELEGRAM.example | {"server": vendor.url, "has_buttons": False} | fields
