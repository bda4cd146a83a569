"""What is asked: whether a person was paged of an incident, and who wants to know."""

from dataclasses import dataclass
from datetime import datetime

from escalation.on_call.schedule_explanations import spell
from incidents.models import Incident, User


@dataclass(frozen=True, slots=True)
class Question:
    """An incident, the person, and the reader, on whose clock times are told."""

    incident: Incident
    person: User
    reader: User

    def spell(self, at: datetime) -> str:
        """A time on the clock of the reader: ``Mon 30 Mar 09:00``."""
        return spell(at, self.reader.zone)
