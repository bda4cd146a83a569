"""Where a status page is, as everybody outside names it."""

from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing

from notifications.models import StatusPage, StatusSubscriber

CONFIRM_SALT = "status-page-confirm"
UNSUBSCRIBE_SALT = "status-page-unsubscribe"
CONFIRM_WITHIN_S = 48 * 3600


def base_of(page: StatusPage) -> str:
    """The absolute address of a page, with a slash at its end; on its own domain if it has one."""
    if page.domain:
        return f"{urlsplit(settings.SITE_URL).scheme}://{page.domain}/"
    return f"{settings.SITE_URL}/status/{page.slug}/"


def report_url(page: StatusPage, report_id: int) -> str:
    return f"{base_of(page)}incidents/{report_id}/"


def confirm_url(subscriber: StatusSubscriber) -> str:
    """The link that confirms a subscription, within 48 hours."""
    return f"{base_of(subscriber.page)}confirm/{_token(subscriber, CONFIRM_SALT)}/"


def unsubscribe_url(subscriber: StatusSubscriber) -> str:
    """The link that ends a subscription, for ever."""
    return f"{base_of(subscriber.page)}unsubscribe/{_token(subscriber, UNSUBSCRIBE_SALT)}/"


def _token(subscriber: StatusSubscriber, salt: str) -> str:
    return signing.dumps(subscriber.pk, salt=salt)


def subscriber_of(page: StatusPage, token: str, salt: str) -> StatusSubscriber | None:
    """Whose link it is; None for one that is wrong or too old, or whose subscription is gone."""
    max_age = CONFIRM_WITHIN_S if salt == CONFIRM_SALT else None
    try:
        pk = signing.loads(token, salt=salt, max_age=max_age)
    except signing.BadSignature:
        return None
    return page.subscribers.filter(pk=pk).first()
