"""The admin of integrations, of what came in, and of what is kept for how long."""

from integrations.admin import chat, mail, retention, ways_in

__all__ = ["chat", "mail", "retention", "ways_in"]
