"""Documents of a REST API, gathered list by list: one that is refused is a problem, and the others
are read."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from integrations.importers.files import Files
from opsportal.lib.net.errors import DeliveryError

DAYS = 90  # ahead, for which a source is asked who is on call
Span = tuple[str, str]


class Fetched:
    """What was read so far; ``tell`` is called with a sentence about what was refused."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self.tell = tell
        self.documents: dict[str, Any] = {}
        self.refused: list[DeliveryError] = []

    def take(self, name: str, read: Callable[[], Any]) -> Any:
        """A list, under its name; [] where it is refused."""
        try:
            self.documents[f"{name}.json"] = read()
        except DeliveryError as error:
            self.refused.append(DeliveryError(f"{name}: {error}"))
            self.tell(f"{name}: {error}")
        return self.documents.get(f"{name}.json", [])

    def files(self) -> Files:
        """All of it. Raises DeliveryError where nothing at all could be read."""
        if not self.documents and self.refused:
            raise self.refused[0]
        problems = {str(error): str(error) for error in self.refused}
        return Files(documents=self.documents, problems=problems)


def span_ahead() -> Span:
    """The present and 90 days later, in UTC to the minute, as ISO 8601."""
    start = datetime.now(UTC).replace(second=0, microsecond=0)
    end = start + timedelta(days=DAYS)
    return start.strftime("%Y-%m-%dT%H:%M:%SZ"), end.strftime("%Y-%m-%dT%H:%M:%SZ")


def objects_in(answer: Any, name: str) -> list[dict[str, Any]]:
    """The objects of a list within an answer; others are left out."""
    found = answer.get(name) if isinstance(answer, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def ids_in(objects: Any) -> Iterator[str]:
    """The ids of objects that have one."""
    for one in objects if isinstance(objects, list) else ():
        if isinstance(one, dict) and one.get("id"):
            yield str(one["id"])
