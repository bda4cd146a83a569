"""The people whom a service tells that its service level is at risk, or was missed."""

from collections.abc import Iterator, Mapping, Sequence

from incidents.choices import TimelineVerb, Urgency
from incidents.models import Membership, TimelineEntry
from notifications.choices import NotificationEvent
from notifications.models import ServiceNotificationSettings
from notifications.page import Page

SLA_VERBS = (TimelineVerb.SLA_WARNING, TimelineVerb.SLA_BREACHED)


def pages_of(
    lines: Sequence[TimelineEntry], events: Mapping[TimelineVerb, NotificationEvent]
) -> Iterator[Page]:
    """A page for each person who hears of such a line: the assignee, the managers of the team."""
    wanted = [line for line in lines if line.verb in SLA_VERBS]
    services = {line.incident.service_id for line in wanted}
    settings = ServiceNotificationSettings.objects.filter(service__in=services)
    by_service = {row.service_id: row for row in settings.select_related("service")}
    for line in wanted:
        notice = by_service.get(line.incident.service_id)
        if notice is None or line.incident.test_recipient_id:
            continue
        for user, why in _people(notice, line).items():
            yield Page(
                incident_id=line.incident_id,
                page_key=f"update:{line.pk}",
                reason=f"the service tells {why}",
                urgent=line.incident.urgency == Urgency.HIGH,
                paging_round=line.incident.paging_round,
                user_id=user,
                event=events[TimelineVerb(line.verb)],
                is_announcement=True,
            )


def _people(notice: ServiceNotificationSettings, line: TimelineEntry) -> dict[int, str]:
    found: dict[int, str] = {}
    if notice.sla_tells_owner and line.incident.assignee_id:
        found[line.incident.assignee_id] = "the assignee"
    if notice.sla_tells_managers and notice.service.team_id:
        rows = Membership.objects.filter(team=notice.service.team_id, is_manager=True)
        for user in rows.values_list("user_id", flat=True):
            found.setdefault(user, "the managers of its team")
    return found
