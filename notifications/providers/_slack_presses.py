"""Buttons that were pressed in Slack: as replies, or as a dialog that is asked for. Pure.

https://docs.slack.dev/reference/interaction-payloads/block_actions-payload
"""

from typing import Any

from notifications.choices import ChatRequestKind
from notifications.providers._slack_blocks import MORE
from notifications.receipts import ChatRequest, Heard, Reply


def heard_of(payload: dict[str, Any]) -> Heard:
    """What the buttons ask for that were pressed."""
    pressed = payload.get("actions") or []
    dialogs = [one for one in pressed if one.get("action_id") == MORE]
    if dialogs:
        return Heard(request=_dialog(payload, dialogs[0]))
    return Heard(replies=tuple(reply for one in pressed if (reply := _reply(payload, one))))


def _value(action: dict[str, Any]) -> str:
    option = action.get("selected_option") or {}
    return str(action.get("value") or option.get("value") or "")


def _dialog(payload: dict[str, Any], action: dict[str, Any]) -> ChatRequest:
    context, _, name = _value(action).rpartition(".")
    return ChatRequest(
        kind=ChatRequestKind.DIALOG,
        address=str((payload.get("user") or {}).get("id", "")),
        event_id=str(payload.get("trigger_id", "")),
        name=name,
        context=context,
        trigger=str(payload.get("trigger_id", "")),
        respond_to=str(payload.get("response_url") or ""),
    )


def _reply(payload: dict[str, Any], action: dict[str, Any]) -> Reply | None:
    """What pressing a button asks for; None for one that only leads somewhere."""
    number, paging_round, *minutes = f"{_value(action)}.".split(".")
    if not number.isdecimal() or not paging_round.isdecimal():
        return None
    user = str((payload.get("user") or {}).get("id", ""))
    place = str((payload.get("container") or {}).get("message_ts", ""))
    return Reply(
        address=user,
        text=f"{action.get('action_id')} {number} {''.join(minutes)}".strip(),
        event_id=f"{user}.{place}.{action.get('action_ts')}",
        paging_round=int(paging_round),
        respond_to=str(payload.get("response_url") or ""),
    )
