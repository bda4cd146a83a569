"""What Teams posts: presses of buttons, and what is written to the bot. Pure.

https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/conversation-basics
"""

import json
import re
from collections.abc import Mapping
from html import unescape
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from notifications.channels._bots import link_to_add
from notifications.message.buttons import read_value
from notifications.providers._http import object_at
from notifications.receipts import Heard, Reply

JSON = "application/json"
SAID = "application/vnd.microsoft.activity.message"
PRESS, TEXT = "press", "text"
ASKS_FOR_ID = {"id", "start", "hello", "hi"}
LINK = re.compile(r"^link\s+(\S{1,100})$", re.IGNORECASE)
MENTION = re.compile(r"<at[^>]*>.*?</at>", re.DOTALL)
TAG = re.compile(r"<[^>]*>")
PERSONAL = "personal"
NOTHING = gettext_noop("Nothing was changed.")
LATER = gettext_noop("This takes a moment. The card shows what came of it.")


def read(activity: Mapping[str, Any]) -> Heard:
    """The press or the message of an activity; nothing for any other."""
    kind, name = activity.get("type"), activity.get("name")
    if kind == "invoke":
        found = _press(activity) if name == "adaptiveCard/action" else None
        return Heard(replies=(found,)) if found else Heard(body=said(""), content_type=JSON)
    if kind == "installationUpdate" and activity.get("action") == "add":
        return _introduction(activity)
    return _message(activity) if kind == "message" else Heard()


def _press(activity: Mapping[str, Any]) -> Reply | None:
    data = object_at(activity, "value", "action", "data")
    command, paging_round = read_value(str(data.get("value") or ""))
    if not command:
        return None
    return Reply(
        address=_person(activity),
        text=command,
        event_id=f"{PRESS}:{activity.get('id')}",
        in_reply_to=f"{_conversation(activity)} {activity.get('replyToId')}",
        paging_round=paging_round,
        respond_to=_place(activity) if _is_personal(activity) else "",
    )


def _message(activity: Mapping[str, Any]) -> Heard:
    text = unescape(TAG.sub("", MENTION.sub("", str(activity.get("text") or ""))))
    text = text.replace("\xa0", " ").strip()
    if text.lower() in ASKS_FOR_ID:
        return _introduction(activity)
    code = LINK.match(text)
    if not text or (code and not _is_personal(activity)):
        return Heard()
    conversation = _conversation(activity)
    root = conversation.partition(";messageid=")[2]
    reply = Reply(
        address=_person(activity),
        text=text,
        code=code[1] if code else "",
        event_id=f"{TEXT}:{activity.get('id')}:{conversation}",
        in_reply_to=f"{conversation} {root}" if root else "",
        respond_to=_place(activity),
        is_public=not _is_personal(activity),
    )
    return Heard(replies=(reply,))


def _introduction(activity: Mapping[str, Any]) -> Heard:
    """A worker tells the ID to enter."""
    room = _conversation(activity).partition(";")[0]
    if _is_personal(activity):
        person = _person(activity)
        words = _("Your ID is {id}. Add it in OpsPortal: {link}")
        text = words.format(id=person, link=link_to_add("teams_bot", to=person))
    else:
        words = _("The ID of this place is {id}. Enter it in OpsPortal under Configure, Webhooks.")
        text = words.format(id=room)
    return Heard(follow_up=json.dumps({**json.loads(_place(activity)), "text": text}))


def said(text: str) -> str:
    """The answer to a press: who pressed is shown the text."""
    return json.dumps({"statusCode": 200, "type": SAID, "value": text})


def _place(activity: Mapping[str, Any]) -> str:
    """Where a later answer goes: the service, which the token vouches for, and the conversation."""
    place = {"service": activity.get("serviceUrl"), "conversation": _conversation(activity)}
    return json.dumps(place)


def _is_personal(activity: Mapping[str, Any]) -> bool:
    return object_at(activity, "conversation").get("conversationType") == PERSONAL


def _conversation(activity: Mapping[str, Any]) -> str:
    return str(object_at(activity, "conversation").get("id") or "")


def _person(activity: Mapping[str, Any]) -> str:
    return str(object_at(activity, "from").get("aadObjectId") or "").lower()
