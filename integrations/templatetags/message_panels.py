"""Logos of templates, and badges for the status and result of messages."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from incidents.templatetags.portal import badge
from integrations.catalog import Template
from integrations.models import InboundMessage
from opsportal.lib.text import as_text

register = template.Library()

EXACT = "%a %d %b %Y, %H:%M:%S %Z"

Status = InboundMessage.Status
LOOKS: dict[str, tuple[str, str]] = {
    Status.PENDING: ("blue", "hourglass_top"),
    Status.MAPPED: ("green", "check_circle"),
    Status.APPENDED: ("green", "library_add"),
    Status.IGNORED: ("gray", "do_not_disturb_on"),
    Status.FAILED: ("red", "error"),
    Status.REJECTED: ("red", "block"),
}
RESULTS = {
    "opened": ("red", "notifications_active"),
    "delayed": ("amber", "pause_circle"),
    "suppressed": ("gray", "construction"),
    "closed": ("green", "check_circle"),
    "acknowledged": ("blue", "front_hand"),
    "updated": ("violet", "edit_note"),
    "changed": ("blue", "history"),
    "logged": ("violet", "science"),
    "appended": ("amber", "library_add"),
    "retry": ("gray", "replay"),
    "ignored": ("gray", "do_not_disturb_on"),
    "unreadable": ("red", "error"),
}
ACTIONS = {
    "trigger": ("red", "notifications_active", "opens"),
    "acknowledge": ("blue", "front_hand", "acknowledges"),
    "update": ("violet", "edit_note", "updates"),
    "resolve": ("green", "check_circle", "closes"),
    "": ("gray", "do_not_disturb_on", "nothing"),
}


@register.simple_tag
def message_badge(message: InboundMessage) -> SafeString:
    """Its mapping status, with the action where there is one: Mapped (opened)."""
    tone, symbol = LOOKS.get(message.status, ("gray", "help"))
    text = message.get_status_display()
    return badge(tone, symbol, f"{text} ({message.action})" if message.action else text)


@register.simple_tag
def result_badge(result: str) -> SafeString:
    """What came of one event."""
    tone, symbol = RESULTS.get(result, ("gray", "help"))
    return badge(tone, symbol, str(result).capitalize())


@register.simple_tag
def action_badge(action: str) -> SafeString:
    """What one event asks for."""
    tone, symbol, word = ACTIONS.get(action, ("gray", "help", action))
    return badge(tone, symbol, word)


@register.simple_tag
def tool_mark(tool: Template | None, size: str = "") -> SafeString:
    """The logo of a template, or its monogram in its colour."""
    kind = f" is-{size}" if size else ""
    if tool is None:
        return format_html('<span class="tool-mark{} is-none" aria-hidden="true">?</span>', kind)
    if tool.logo:
        source = reverse("template_logo", args=[tool.slug])
        return format_html('<img class="tool-mark{}" src="{}" alt="" loading="lazy">', kind, source)
    # As a drawing, since a style attribute could not carry the colour past the page's policy.
    drawing = (
        '<svg class="tool-mark{}" viewBox="0 0 40 40" aria-hidden="true">'
        '<rect width="40" height="40" rx="9" fill="{}"/>'
        '<text x="20" y="21" text-anchor="middle" dominant-baseline="central" '
        'font-size="{}" font-weight="600" fill="#fff">{}</text></svg>'
    )
    font_px = 13 if len(tool.monogram) > 2 else 16
    return format_html(drawing, kind, tool.colour, font_px, tool.monogram)


@register.simple_tag
def stamp(at: datetime | None) -> SafeString | str:
    """A time short enough for a column: exact today, to the minute before; its title says all."""
    if at is None:
        return ""
    local, today = timezone.localtime(at), timezone.localdate()
    form = "%H:%M:%S" if local.date() == today else "%d %b %H:%M"
    form = form if local.year == today.year else "%d %b %Y"
    markup = '<time datetime="{}" title="{}">{}</time>'
    return format_html(markup, at.isoformat(), local.strftime(EXACT), local.strftime(form))


@register.filter
def plain_value(value: Any) -> str:
    """A mapped value as text: lists and tables become one line."""
    if isinstance(value, dict):
        return ", ".join(f"{name}: {text}" for name, text in value.items())
    if isinstance(value, list | tuple):
        is_pairs = all(isinstance(one, list | tuple) for one in value)
        rows = [": ".join(map(as_text, one)) if is_pairs else as_text(one) for one in value]
        return ("\n" if is_pairs else ", ").join(rows)
    return as_text(value)


@register.filter
def field_name(name: str) -> str:
    """As people call the field: Source Name, Source URL."""
    return name.replace("_", " ").title().replace("Url", "URL")


@register.filter
def item(table: Mapping[Any, Any], key: Any) -> Any:
    """A value of a dict by a key from the page."""
    return table.get(key)
