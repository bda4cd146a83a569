"""The state of a heartbeat, and its pings, in a word with its symbol."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from incidents.templatetags.portal import badge, icon
from integrations.heartbeats.schedule import State, state_of
from integrations.models import InboundMessage, Integration

register = template.Library()

STATES = {
    State.NEW: ("blue", "hourglass_empty", "New"),
    State.UP: ("green", "favorite", "Up"),
    State.LATE: ("amber", "schedule", "Late"),
    State.DOWN: ("red", "heart_broken", "Down"),
    State.PAUSED: ("gray", "pause_circle", "Paused"),
}
Action = InboundMessage.Action
PINGS = {
    "Start": ("blue", "play_arrow", "Start of a run"),
    "Log": ("gray", "notes", "Log"),
    "Success": ("green", "favorite", "Ping"),
}
TEST = "violet", "science", "Test"
NO_PING = "gray", "do_not_disturb_on", "Not a ping"


@register.filter
def heartbeat_state(integration: Integration) -> State:
    """Its state; a disabled one is not monitored either."""
    if not integration.is_enabled:
        return State.PAUSED
    return state_of(integration.heartbeat, timezone.now())


@register.simple_tag
def heartbeat_badge(integration: Integration) -> SafeString:
    tone, symbol, word = STATES[heartbeat_state(integration)]
    return badge(tone, symbol, word if integration.is_enabled else "Disabled")


@register.simple_tag
def ping_mark(message: InboundMessage) -> SafeString:
    """One ping: a link to its message, with its kind and time in words."""
    tone, symbol, word = _look(message)
    at = timezone.localtime(message.received_at).strftime("%d %b, %H:%M:%S")
    test = ", test" if message.is_test and word != "Test" else ""
    markup = (
        '<a class="heartbeat__ping is-{}" href="{}" title="{}, {}{}">{}'
        '<span class="o-sr">{}, {}</span></a>'
    )
    url = message.get_absolute_url()
    return format_html(markup, tone, url, word, at, test, icon(symbol, "small"), word, at)


def _look(message: InboundMessage) -> tuple[str, str, str]:
    if message.status == InboundMessage.Status.PENDING:
        return "blue", "hourglass_top", "Pending"
    if message.status == InboundMessage.Status.REJECTED:
        return "gray", "block", "Rejected"
    if message.action == Action.PING or message.subject == "Log":
        return PINGS.get(message.subject, PINGS["Success"])
    if message.action == Action.CLOSED:
        return "green", "heart_plus", "Recovered"
    if message.status == InboundMessage.Status.IGNORED:
        return TEST if message.is_test else NO_PING
    return "red", "heart_broken", "Missed or failed"


@register.simple_tag
def moment_in(at: datetime, time_zone: str) -> SafeString:
    """A time as a zone's clock shows it, with the zone's name."""
    text = at.astimezone(ZoneInfo(time_zone)).strftime("%a %d %b %Y, %H:%M:%S %Z")
    return format_html('<time datetime="{}">{}</time>', at.isoformat(), text)
