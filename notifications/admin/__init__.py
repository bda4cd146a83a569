"""The admin of contact methods, shared channels, notices, the catch-all and notifications."""

from notifications.admin import catch_all, channels, contacts, notifications, providers, services

__all__ = ["catch_all", "channels", "contacts", "notifications", "providers", "services"]
