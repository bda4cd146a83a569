"""Requests for cover, as an import writes them."""

from escalation.actions import cover_requests
from escalation.actions.cover_requests import CoverDraft
from escalation.actions.overrides import Span
from escalation.choices import CoverStatus
from escalation.models import CoverRequest
from integrations.importers import neutral
from integrations.importers.neutral import Kind
from integrations.importers.plan import Line
from integrations.setup.imports.context import Context


class CoverWriter:
    """Asked of the others of the layer, who are not told of the import; reminders come in time."""

    def create(self, one: neutral.Cover, line: Line, context: Context) -> CoverRequest:
        """Raises NotOnCall where the person is not on call here then, and other DomainErrors."""
        schedule = context.row(Kind.SCHEDULE, one.schedule)
        asker = context.row(Kind.PERSON, one.person)
        draft = CoverDraft(Span(one.starts_at, one.ends_at), message=one.message)
        return cover_requests.ask_for_cover(
            schedule, asker, draft, by=context.by, tells_asked=False
        )

    def update(
        self, one: neutral.Cover, line: Line, row: CoverRequest, context: Context
    ) -> CoverRequest:
        """Asked anew where the source changed it."""
        if row.is_open:
            cover_requests.close(row, CoverStatus.WITHDRAWN)
        return self.create(one, line, context)

    def join(self, one: neutral.Cover, row: CoverRequest, context: Context) -> CoverRequest:
        return row
