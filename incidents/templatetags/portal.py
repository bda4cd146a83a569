"""The components of all pages: icons, badges, times, people, fields."""

from datetime import datetime
from typing import Any

from django import forms, template
from django.forms.boundfield import BoundField
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from incidents.models import Incident, Severity, Urgency, User
from opsportal.lib.durations import format_duration

register = template.Library()

# value: (tone, icon). Every badge has both and its word: nobody needs to see colours.
STATUS: dict[str, tuple[str, str]] = {
    Incident.Status.OPEN: ("red", "notifications_active"),
    Incident.Status.ACKNOWLEDGED: ("blue", "front_hand"),
    Incident.Status.ON_HOLD: ("violet", "snooze"),
    Incident.Status.RESOLVED: ("green", "check_circle"),
}
SEVERITY: dict[str, tuple[str, str]] = {
    Severity.CRITICAL: ("red", "local_fire_department"),
    Severity.ERROR: ("orange", "error"),
    Severity.WARNING: ("amber", "warning"),
    Severity.INFO: ("blue", "info"),
}
URGENCY: dict[str, tuple[str, str]] = {
    Urgency.HIGH: ("orange", "priority_high"),
    Urgency.LOW: ("gray", "low_priority"),
}
TONES = ["blue", "violet", "green", "amber", "orange", "gray"]


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """An icon, hidden from screen readers: a word stands beside it."""
    kind = f" is-{size}" if size else ""
    return format_html('<i class="o-icon{}" aria-hidden="true">{}</i>', kind, name)


@register.simple_tag
def badge(tone: str, symbol: str, text: Any, kind: str = "") -> SafeString:
    """A coloured badge with icon and text; ``kind`` may be "bare"."""
    extra = f" is-{kind}" if kind else ""
    mark = icon(symbol) if symbol else ""
    wordonly = "" if symbol else " is-wordonly"
    return format_html(
        '<span class="o-badge is-{}{}{}">{}{}</span>', tone, extra, wordonly, mark, text
    )


@register.simple_tag
def status_badge(incident: Incident) -> SafeString:
    """Its status; a cancelled or merged one says so."""
    tone, symbol = STATUS[incident.status]
    if incident.resolution == Incident.Resolution.CANCELLED:
        return badge("gray", "cancel", "Cancelled")
    if incident.resolution == Incident.Resolution.MERGED:
        return badge("violet", "merge", f"Merged into #{incident.merged_into_id}")
    return badge(tone, symbol, incident.get_status_display())


@register.simple_tag
def severity_badge(value: str, kind: str = "bare") -> SafeString:
    tone, symbol = SEVERITY.get(value, ("gray", "help"))
    return badge(tone, symbol, str(value).capitalize(), kind)


@register.simple_tag
def severity_tone(value: str) -> str:
    return f"is-{SEVERITY.get(value, ('gray', ''))[0]}"


@register.simple_tag
def urgency_badge(value: str, kind: str = "bare") -> SafeString:
    tone, symbol = URGENCY.get(value, ("gray", "help"))
    return badge(tone, symbol, f"{str(value).capitalize()} urgency", kind)


def _absolute(at: datetime) -> str:
    return timezone.localtime(at).strftime("%a %d %b %Y, %H:%M:%S %Z")


@register.simple_tag
def ago(at: datetime | None, empty: str = "–") -> SafeString | str:
    """How long ago, ticking; the exact time in the reader's zone stands in its title."""
    if at is None:
        return empty
    seconds = (timezone.now() - at).total_seconds()
    text = f"{format_duration(seconds)} ago" if seconds >= 0 else f"in {format_duration(-seconds)}"
    markup = '<time class="o-num" datetime="{}" title="{}" data-ago>{}</time>'
    return format_html(markup, at.isoformat(), _absolute(at), text)


@register.simple_tag
def until(at: datetime) -> SafeString:
    """A countdown, ticking."""
    seconds = (at - timezone.now()).total_seconds()
    markup = '<time class="o-num" datetime="{}" title="{}" data-until>{}</time>'
    text = format_duration(seconds) if seconds > 0 else "now"
    return format_html(markup, at.isoformat(), _absolute(at), text)


@register.simple_tag
def moment(at: datetime | None, empty: str = "–") -> SafeString | str:
    """The exact time in the reader's zone."""
    if at is None:
        return empty
    local = timezone.localtime(at)
    today = local.date() == timezone.localdate()
    text = local.strftime("%H:%M:%S") if today else local.strftime("%d %b %Y, %H:%M:%S")
    markup = '<time class="o-num" datetime="{}" title="{}">{}</time>'
    return format_html(markup, at.isoformat(), _absolute(at), text)


@register.simple_tag
def person(user: User | None, empty: str = "Nobody") -> SafeString:
    """A name with its initials; colours help to tell people apart."""
    if user is None:
        return format_html('<span class="o-muted">{}</span>', empty)
    words = str(user).split()
    initials = "".join(word[0] for word in [words[0], *words[-1:]][: len(words)]).upper()
    markup = (
        '<span class="o-person" title="{}"><span class="o-avatar is-{}" aria-hidden="true">{}'
        '</span><span class="o-clip">{}</span></span>'
    )
    return format_html(markup, user.email, TONES[user.pk % len(TONES)], initials, user)


@register.filter
def span(seconds: float | None) -> str:
    """Seconds in words, such as 5 min."""
    return format_duration(seconds or 0)


@register.inclusion_tag("portal/_field.html")
def field(bound: BoundField) -> dict[str, Any]:
    """One field of a form, with its label, help and errors."""
    return {
        "field": bound,
        "is_check": getattr(bound.field.widget, "input_type", "") == "checkbox"
        and not hasattr(bound.field, "choices"),
    }


@register.inclusion_tag("portal/_fields.html")
def fields(form: forms.BaseForm) -> dict[str, Any]:
    """All fields of a form below its non-field errors."""
    return {"form": form}
