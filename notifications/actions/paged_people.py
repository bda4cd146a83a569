"""Whom an incident pages, for shared channels that can mention them."""

from incidents.models import Incident
from notifications.channels import all_channels
from notifications.message.message import PagedPerson
from notifications.models import ContactMethod, Notification
from notifications.page import PAGES
from opsportal.lib.encryption import readable

MAX_NAMED = 5


def paged_people(incident: Incident, channel: str) -> tuple[PagedPerson, ...]:
    """The first five who were paged in this round, each with the verified address that they have
    on the same channel; () where the channel mentions nobody."""
    if not all_channels()[channel].mentions:
        return ()
    pages = Notification.objects.filter(
        incident=incident,
        event__in=PAGES,
        is_announcement=False,
        user__isnull=False,
        facts__paging_round=incident.paging_round,
    )
    rows = pages.order_by("pk").select_related("user").exclude(channel="inapp")
    people = list({row.user_id: row.user for row in rows if row.user}.values())[:MAX_NAMED]
    methods = ContactMethod.objects.usable().filter(user__in=people, channel=channel)
    field = all_channels()[channel].address_field
    addresses = {
        method.user_id: str(config.get(field) or "")
        for method in methods
        if (config := readable(method, "config", None))
    }
    return tuple(PagedPerson(str(user), addresses.get(user.pk, "")) for user in people)
