"""Buttons that were pressed in Slack, as replies. Pure.

https://docs.slack.dev/reference/interaction-payloads/block_actions-payload
"""

import json
from typing import Any
from urllib.parse import parse_qs

from notifications.errors import CallbackRefused
from notifications.receipts import Reply


def replies_of(body: bytes) -> tuple[Reply, ...]:
    """What the buttons ask for that a form says were pressed; () for another interaction.

    Raises CallbackRefused where it is none.
    """
    form = parse_qs(body.decode(errors="replace"))
    try:
        payload = json.loads(form.get("payload", [""])[0])
    except ValueError:
        raise CallbackRefused("This is no interaction of Slack.") from None
    if not isinstance(payload, dict) or payload.get("type") != "block_actions":
        return ()
    pressed = payload.get("actions") or []
    return tuple(reply for one in pressed if (reply := _reply(payload, one)))


def _reply(payload: dict[str, Any], action: dict[str, Any]) -> Reply | None:
    """What pressing a button asks for; None for one that only leads somewhere."""
    option = action.get("selected_option") or {}
    value = str(action.get("value") or option.get("value") or "")
    number, paging_round, *minutes = f"{value}.".split(".")
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
