"""The maintenance of a page as a calendar (RFC 5545) to subscribe to."""

from datetime import UTC

from icalendar import Calendar, Event

from notifications.status_pages.addresses import report_url
from notifications.status_pages.reading import Snapshot
from notifications.status_pages.timeline import Report


def calendar_of(snapshot: Snapshot) -> bytes:
    """All maintenance of the last 90 days and to come, in UTC."""
    calendar = Calendar()
    calendar.add("prodid", "-//OpsPortal//Status page//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", f"{snapshot.page.name}: maintenance")
    for report in snapshot.maintenances:
        calendar.add_component(_event(snapshot, report))
    found: bytes = calendar.to_ical()
    return found


def _event(snapshot: Snapshot, report: Report) -> Event:
    event = Event()
    event.add("uid", f"maintenance-{report.pk}@{snapshot.page.slug}.opsportal")
    event.add("sequence", max(0, len(report.updates) - 1))
    event.add("dtstamp", report.changed_at.astimezone(UTC))
    event.add("dtstart", report.starts_at.astimezone(UTC))
    event.add("dtend", (report.ended_at or report.ends_at or report.starts_at).astimezone(UTC))
    event.add("summary", report.title)
    event.add("description", report.updates[0].body if report.updates else "")
    event.add("url", report_url(snapshot.page, report.pk))
    event.add("status", "CONFIRMED")
    return event
