"""The admin of integrations, messages, mail accounts, chat accounts and retention."""

from integrations.admin import chat, integrations, mail, retention, services

__all__ = ["chat", "integrations", "mail", "retention", "services"]
