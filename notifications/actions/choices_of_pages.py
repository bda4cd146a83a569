"""What services and people have chosen of how people are told, looked up for a batch of pages."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from notifications.channels import all_channels
from notifications.choices import NotificationEvent
from notifications.models import ServiceNotificationSettings, ServiceOptOut
from notifications.page import Page
from opsportal.lib.prepared_queries import PreparedQuery

OF_SLA = (NotificationEvent.SLA_WARNING, NotificationEvent.SLA_BREACHED)
CHOSEN = ServiceNotificationSettings.objects.exclude(personal_channels=[])
IS_CHOSEN = PreparedQuery(lambda: CHOSEN.order_by().values("pk")[:1])
IS_OPTED_OUT = PreparedQuery(lambda: ServiceOptOut.objects.order_by().values("pk")[:1])


class ChoicesOfPages:
    """The channels that the services of these incidents use, and who has opted out of them."""

    def __init__(self, pages: Sequence[Page]) -> None:
        to_people = [page for page in pages if page.user_id and page.incident_id]
        self.channels = channels_of({page.incident_id or 0 for page in to_people})
        self.opted_out = _opted_out([page for page in to_people if may_be_left_out(page)])

    def applied(self, page: Page) -> Page:
        """The page as it is to be told."""
        chosen = self.channels.get(page.incident_id or 0, ()) if page.user_id else ()
        what = self.opted_out.get((page.user_id or 0, page.incident_id or 0), page.opted_out)
        what = what if may_be_left_out(page) else ""
        if not chosen and what == page.opted_out:
            return page
        return replace(page, service_channels=chosen, opted_out=what)


def may_be_left_out(page: Page) -> bool:
    """Whether a person may have opted out of it: news, and what is not urgent; never what they are
    asked for by name, or watch, nor the catch-all."""
    is_news = page.is_announcement and page.event not in OF_SLA
    is_quiet = is_news or not page.urgent
    return is_quiet and not (page.is_request or page.always_told)


def channels_of(incidents: Collection[int]) -> dict[int, tuple[str, ...]]:
    """→ {incident: the channels that its service uses to tell people}; none that uses all."""
    if not incidents or not IS_CHOSEN.exists():
        return {}
    rows = CHOSEN.filter(service__incidents__in=incidents)
    found = rows.values_list("service__incidents", "personal_channels")
    return {incident: tuple(channels) for incident, channels in found}


def labels_of(channels: Collection[str]) -> str:
    """Such as ``E-mail, SMS``."""
    known = all_channels()
    return ", ".join(known[key].label if key in known else key for key in channels)


def _opted_out(pages: Sequence[Page]) -> dict[tuple[int, int], str]:
    if not pages or not IS_OPTED_OUT.exists():
        return {}
    rows = ServiceOptOut.objects.filter(
        user__in={page.user_id for page in pages},
        service__incidents__in={page.incident_id for page in pages},
    )
    found = rows.order_by().values_list("user", "service__incidents", "service__name")
    return {(user, incident): f"the service {name}" for user, incident, name in found}
