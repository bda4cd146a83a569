"""What every outbound system is: a ticket system, or any service that takes HTTP requests."""

from typing import Any, ClassVar

from django import forms

from notifications.channels._base import Config
from notifications.choices import TicketState
from notifications.errors import CallbackRefused
from notifications.outbound.client import Client
from notifications.outbound.tickets import Created, Draft, News
from notifications.receipts import Callback


class BaseSystem:
    """A form for its settings, and what can be asked of it. It keeps no state, knows no model, and
    sends by its ``Client`` alone. Whatever it sends may raise ``DeliveryError``."""

    label: ClassVar[str]
    example: ClassVar[dict[str, Any]]
    Form: ClassVar[type[forms.Form]]
    # How to get what the form asks for: at most six steps, shown above it.
    steps: ClassVar[tuple[str, ...]] = ()
    has_tickets: ClassVar[bool] = True
    # Whether a ticket can be in progress; else it is open until it is done.
    has_progress: ClassVar[bool] = True

    def account(self, client: Client, config: Config) -> str:
        """As whom it knows the portal: the id that its news name as the author."""
        raise NotImplementedError

    def check(self, client: Client, config: Config) -> str:
        """A sentence that the settings work; nothing is changed there."""
        raise NotImplementedError

    def create(self, client: Client, config: Config, draft: Draft) -> Created:
        """Open a ticket, once."""
        raise NotImplementedError

    def find(self, client: Client, config: Config, draft: Draft) -> Created | None:
        """The ticket with the marker of the draft, where an earlier request has opened one."""
        raise NotImplementedError

    def set_state(
        self, client: Client, config: Config, external_id: str, state: TicketState
    ) -> str:
        """Bring a ticket to this state; returns what the system calls it."""
        raise NotImplementedError

    def comment(self, client: Client, config: Config, external_id: str, text: str) -> None:
        """Add a comment to a ticket."""
        raise NotImplementedError

    def read_webhook(self, config: Config, callback: Callback) -> tuple[News, ...]:
        """What a request of the system says. Raises ``CallbackRefused`` if it is not signed."""
        raise CallbackRefused("Nothing is taken from this system.")

    @property
    def secret_fields(self) -> tuple[str, ...]:
        """The fields that are never shown again: those with a password's input."""
        fields = self.Form.base_fields.items()
        return tuple(n for n, f in fields if isinstance(f.widget, forms.PasswordInput))
