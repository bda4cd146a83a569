"""The admin of contact methods, shared channels, outbound services, notices and notifications."""

from notifications.admin import (
    catch_all,
    channels,
    contacts,
    notifications,
    outbound,
    providers,
    services,
    status_pages,
)

__all__ = [
    "catch_all",
    "channels",
    "contacts",
    "notifications",
    "outbound",
    "providers",
    "services",
    "status_pages",
]
