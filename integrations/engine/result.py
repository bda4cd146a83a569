"""What a message did that is no alert."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Done:
    """One line for the log. ``result`` is a word that results know, such as updated."""

    result: str
    reason: str = ""
    subject: str = ""
    action: str = ""
    source: str = ""
    source_name: str = ""
    source_id: str = ""
    alert_id: int | None = None
    incident_id: int | None = None
