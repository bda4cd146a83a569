"""Commands: messages of routes that are executed in place of being mapped, or after it.

The key of both tables is ``InboundMessage.route``.
"""

from collections.abc import Callable
from datetime import datetime

from integrations.chat.command import ACT
from integrations.dialects.opsgenie import requests
from integrations.engine.command_result import CommandResult
from integrations.engine.commands import change_events, chat, opsgenie
from integrations.engine.commands.change_events import CHANGE
from integrations.engine.commands.opsgenie_enrich import enrich
from integrations.engine.parsed import ParsedMessage
from integrations.models import InboundMessage

COMMAND_HANDLERS: dict[str, Callable[[InboundMessage, datetime], CommandResult]] = {
    CHANGE: change_events.execute,
    requests.ACT: opsgenie.execute,
    ACT: chat.execute,
}
FOLLOW_UPS: dict[str, Callable[[ParsedMessage, datetime], None]] = {requests.CREATE: enrich}


def execute(message: InboundMessage, now: datetime) -> CommandResult:
    """Do what a command message asks for. Its refusal is a result, not an error."""
    return COMMAND_HANDLERS[message.route](message, now)


def follow_up(parsed: ParsedMessage, now: datetime) -> None:
    """What its route adds to a message that was mapped."""
    if handler := FOLLOW_UPS.get(parsed.message.route):
        handler(parsed, now)
