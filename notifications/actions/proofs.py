"""Contact methods are proven by answers: what was sent there by the path of pages reached somebody.

Sent, accepted and delivered are words of machines; a link that is pressed, a reply, a key are not.
"""

from django.utils import timezone

from notifications.action_links import ActionLink
from notifications.models import ContactMethod, Notification


def note_answer(row: Notification) -> bool:
    """Somebody answered this message; whether that proves its contact method. Not where its
    address was changed since, or is not verified any more."""
    method = row.contact_method
    if method is None or method.address != row.address:
        return False
    proven = ContactMethod.objects.filter(pk=method.pk, verified_at__isnull=False)
    return proven.update(proven_at=timezone.now()) > 0


def message_of(link: ActionLink) -> Notification | None:
    """The message that the link was in; None where it is gone."""
    rows = Notification.objects.filter(
        user=link.user_id,
        incident=link.incident_id or None,
        delivery_id__range=link.deliveries,
    )
    return rows.select_related("contact_method", "user").first()
