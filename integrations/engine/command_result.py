"""What a command did: a message that is executed, and not mapped to alerts."""

from dataclasses import dataclass

from integrations.models import EventResult, Result


@dataclass(frozen=True, slots=True)
class CommandResult:
    """The result of one command message, for the log."""

    result: Result
    reason: str = ""
    subject: str = ""
    action: str = ""
    source: str = ""
    source_name: str = ""
    source_id: str = ""
    alert_id: int | None = None
    incident_id: int | None = None

    def event_result(self) -> EventResult:
        """The same as the only event of its message."""
        return EventResult(**{name: getattr(self, name) for name in self.__slots__})
