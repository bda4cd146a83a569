"""The admin of integrations, of what came in, and of what is kept for how long."""

from integrations.admin import chat, integrations, mail, retention

__all__ = ["chat", "integrations", "mail", "retention"]
