"""The parts of incident pages."""

from datetime import datetime
from typing import Any
from urllib.parse import quote

from django import template
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from incidents import visibility
from incidents.models import Incident, Service, TimelineEntry
from incidents.templatetags.portal import badge, moment

register = template.Library()

# verb of the timeline: (tone, icon, what it says after the name of who did it)
VERBS = {
    "opened": ("red", "notifications_active", "opened it"),
    "reopened": ("red", "replay", "reopened it"),
    "acknowledged": ("blue", "front_hand", "acknowledged it"),
    "acknowledged_in_part": ("blue", "how_to_reg", "acknowledged it, as others have to"),
    "assigned": ("blue", "person_add", "assigned it"),
    "edited": ("gray", "edit", "changed it"),
    "workflow_ran": ("gray", "account_tree", "ran a workflow"),
    "snoozed": ("violet", "snooze", "put it on hold"),
    "snooze_expired": ("orange", "alarm", "Snooze expired"),
    "acknowledgement_expired": ("orange", "timer_off", "The acknowledgement expired"),
    "re_triggered": ("orange", "notification_important", "Paging restarted"),
    "escalated": ("orange", "stairs", "escalated it"),
    "promoted": ("orange", "move_up", "promoted it"),
    "play_run": ("orange", "campaign", "ran a response play"),
    "responder_answered": ("blue", "how_to_reg", "answered the request"),
    "watcher_added": ("gray", "visibility", "added a watcher"),
    "topic_added": ("gray", "sell", "published it to"),
    "paged": ("gray", "send", "paged"),
    "no_recipient": ("red", "person_off", "Nobody was reached"),
    "step_skipped": ("gray", "redo", "Step passed over"),
    "not_paged": ("amber", "person_off", "Informed, not paged"),
    "unreachable": ("red", "phone_disabled", "Notification failed"),
    "called": ("gray", "call", "Call"),
    "resolved": ("green", "check_circle", "resolved it"),
    "merged": ("violet", "merge", "merged"),
    "merge_undone": ("violet", "call_split", "undid the merge"),
    "split": ("violet", "call_split", "split it"),
    "linked": ("gray", "link", "linked it"),
    "unlinked": ("gray", "link_off", "unlinked it"),
    "made_public": ("violet", "public", "published on a status page"),
    "commented": ("gray", "chat_bubble", "wrote"),
    "updated": ("gray", "sync", "The sender says"),
    "repeated": ("gray", "repeat", "Reported again"),
    "notifications_resumed": ("red", "notifications_active", "resumed the paging"),
    "alert_added": ("orange", "add_alert", "Alert added"),
    "recipient_unknown": ("orange", "person_off", "Unknown recipient"),
    "severity_escalated": ("orange", "trending_up", "Severity raised"),
    "urgency_changed": ("orange", "priority_high", "changed the urgency"),
    "waits_for_hours": ("gray", "schedule", "Waits for support hours"),
    "rejected_already_resolved": ("gray", "history_toggle_off", "was rejected: already resolved"),
    "ticket_opened": ("gray", "confirmation_number", "opened a ticket"),
    "ticket_updated": ("gray", "confirmation_number", "moved the ticket"),
    "outbound_called": ("gray", "output", "sent it to a service"),
    "outbound_failed": ("red", "sync_problem", "could not send it"),
    "sla_warning": ("amber", "timer", "SLA at risk"),
    "sla_breached": ("red", "timer_off", "SLA missed"),
}
# Their facts may hold the address of a ticket.
LEADS_OUT = {"ticket_opened", "ticket_updated", "outbound_called"}
# What a machine did needs its own subject.
MACHINE = {
    "opened": "Opened",
    "reopened": "Reopened",
    "acknowledged": "Acknowledged",
    "assigned": "Assigned",
    "edited": "Changed",
    "snoozed": "Put on hold",
    "topic_added": "Published to",
    "notifications_resumed": "No longer suppressed",
    "resolved": "Resolved",
    "merged": "Merged",
    "merge_undone": "Merge undone",
    "split": "Split",
    "linked": "Linked",
    "unlinked": "Unlinked",
    "made_public": "Published on a status page",
    "escalated": "Escalated",
    "paged": "Paged",
    "promoted": "Promoted",
    "play_run": "A response play began",
    "responder_answered": "The request was answered",
    "watcher_added": "A watcher was added",
    "commented": "Note",
    "workflow_ran": "Workflow",
    "urgency_changed": "Urgency changed",
    "ticket_opened": "Ticket opened",
    "ticket_updated": "Ticket moved",
    "outbound_called": "Sent to a service",
    "outbound_failed": "Not sent to a service",
    "rejected_already_resolved": "Rejected: already resolved",
}


@register.filter
def tone_of(entry: TimelineEntry) -> str:
    return VERBS.get(entry.verb, ("gray", "", ""))[0]


@register.filter
def icon_of(entry: TimelineEntry) -> str:
    return VERBS.get(entry.verb, ("gray", "circle", ""))[1]


@register.filter
def told(entry: TimelineEntry, names: dict[int, str]) -> str:
    """The recipients of a step by name; shared channels are counted."""
    people = [names[pk] for pk in entry.facts.get("users") or [] if pk in names]
    if channels := len(entry.facts.get("channels") or []):
        people.append("a shared channel" if channels == 1 else f"{channels} shared channels")
    return ", ".join(people)


@register.filter
def said(entry: TimelineEntry) -> str:
    """The entry as a phrase that follows the name of its author."""
    words = VERBS.get(entry.verb, ("", "", entry.verb.replace("_", " ")))[2]
    return words if entry.by_id else MACHINE.get(entry.verb, words)


@register.simple_tag(takes_context=True)
def blind_spot(context: dict[str, Any]) -> str:
    """Why the reader sees no incidents; '' where they see those of a team."""
    return visibility.blind_spot(context["request"].user)


@register.simple_tag(takes_context=True)
def no_services(context: dict[str, Any]) -> str:
    """Why the reader sees no service, nor what is reported of one; '' where they see some."""
    return visibility.no_services(context["request"].user)


@register.simple_tag(takes_context=True)
def hidden_incidents(context: dict[str, Any], service: Service) -> str:
    """Why the reader does not see the incidents of the service; '' where they do."""
    return visibility.hidden_of(service, context["request"].user)


@register.simple_tag
def repeat_note(repeats: dict[int, dict[str, int]] | None, incident: Incident) -> str:
    """How many alerts, and how often they came, where it is more than once."""
    row = (repeats or {}).get(incident.pk)
    if row is None or row["times"] <= 1:
        return ""
    alerts = f"{row['alerts']} alerts, " if row["alerts"] > 1 else ""
    return format_html("<span>{}reported {} times</span>", alerts, row["times"])


@register.simple_tag
def outside_link(url: str, text: str) -> SafeString:
    """A link out of the portal; only web addresses become one, whatever a sender wrote."""
    if not url.lower().startswith(("https://", "http://")):
        return format_html('<span class="o-muted">{}</span>', url)
    markup = (
        '<a href="{}" rel="noopener noreferrer nofollow" target="_blank">{} '
        '<i class="o-icon is-small" aria-hidden="true">open_in_new</i></a>'
    )
    return format_html(markup, url, text)


@register.simple_tag
def suppressed_badge(incident: Incident) -> str:
    """A badge for an incident that a maintenance window suppresses; '' for others."""
    kind, _, name = incident.suppressed_reason.partition(": ")
    if kind != "maintenance":
        return ""
    text = format_html("Maintenance: {} {}", name, _end(incident))
    return badge("violet", "construction", text, "long")


def _end(incident: Incident) -> str:
    at = incident.suppressed_until
    return format_html("until {}", moment(at)) if at else ""


@register.filter
def meeting(text: str) -> SafeString:
    """A bridge as links: a number to tap, which dials its code, and the address of a meeting."""
    return format_html_join(" · ", "{}", ((_place(part),) for part in text.split(" · ")))


def _place(part: str) -> str:
    if part.lower().startswith(("https://", "http://")):
        return outside_link(part, "Join the meeting")
    number, _, code = part.partition(", code ")
    dialled = "".join(c for c in number if c in "+0123456789")
    if not dialled:
        return part
    # Two pauses of the telephone, then the code.
    tail = quote(f",,{code}") if code else ""
    return format_html('<a href="tel:{}{}">{}</a>', dialled, tail, part)


@register.inclusion_tag("incidents/_sla.html")
def sla_facts(incident: Incident) -> dict[str, Any]:
    """The SLA's two clocks: met, missed, or how much is left."""
    acknowledged = incident.acknowledged_at or incident.resolved_at
    clocks = [("acknowledge", acknowledged), ("resolve", incident.resolved_at)]
    return {"clocks": [_clock(incident, *pair) for pair in clocks if _minutes(incident, pair[0])]}


def _minutes(incident: Incident, target: str) -> int | None:
    minutes: int | None = getattr(incident, f"{target}_target_minutes")
    return minutes


def _clock(incident: Incident, target: str, done_at: datetime | None) -> dict[str, Any]:
    return {
        "name": f"{target.capitalize()} within {_minutes(incident, target)} min",
        "due_at": getattr(incident, f"{target}_due_at"),
        "is_late": getattr(incident, f"{target}_breached_at") is not None,
        "done": done_at,
    }


@register.inclusion_tag("incidents/_entry_extra.html")
def entry_extra(entry: TimelineEntry) -> dict[str, Any]:
    """The details of a timeline entry: until when, how late, and where outside it leads."""
    until = entry.facts.get("until")
    late_ms = entry.facts.get("late_ms") or 0
    return {
        "until": parse_datetime(until) if isinstance(until, str) else None,
        "late_s": late_ms // 1000 if late_ms >= 5000 else 0,
        "outside": entry.facts.get("url") if entry.verb in LEADS_OUT else "",
    }
