"""What every provider is: a vendor, or a gateway, that carries the messages of one channel."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms

from notifications.call_control import CallControl
from notifications.channels._base import Config
from notifications.errors import CallbackRefused
from notifications.message.message import Message
from notifications.rates import Rate
from notifications.receipts import Accepted, Callback, Heard, Polled, Reply
from opsportal.lib.net.errors import DeliveryError


class BaseProvider:
    """The form of an account at this provider, and ``send``. It keeps no state."""

    label: ClassVar[str]
    example: ClassVar[dict[str, Any]]
    Form: ClassVar[type[forms.Form]]
    # How to get what the form asks for: at most six steps, shown above it.
    steps: ClassVar[tuple[str, ...]] = ()
    # By which variables of the environment an account is configured without a page: the name of
    # each by the field of the form. The account is there once all required fields are set.
    environment: ClassVar[dict[str, str]] = {}
    # So many seconds after it accepted a message it has said whether it was delivered, or the
    # person's next way is used; None: it never says.
    receipt_within_s: ClassVar[float | None] = None
    # So many seconds a callback may wait for what its reply asks for; then it is answered by
    # ``answer_later``, and what came of it is told by ``tell``. None: as long as it takes.
    patience_s: ClassVar[float | None] = None
    # How many messages it takes from one account, unless the account says otherwise; None: it says
    # nothing, or queues by itself.
    rate: ClassVar[Rate | None] = None
    # Some of what it sends rings until somebody answers, or until it is withdrawn.
    repeats: ClassVar[bool] = False
    # How calls that come in at its numbers are led, where it can do that.
    calls: ClassVar[CallControl | None] = None

    def send(self, config: Config, address: Config, message: Message) -> Accepted:
        """Send now, once, by the account of ``config`` to the contact method of ``address``.

        Raises ``DeliveryError``.
        """
        raise NotImplementedError

    def place_rate(self, address: Config) -> Rate | None:
        """How many messages one address takes, beside what the account may send; None for any."""
        return None

    def update(self, config: Config, address: Config, message: Message, provider_id: str) -> None:
        """Rewrite a message that was sent, of a channel that ``has_threads``, as it would be now.

        Raises ``DeliveryError``.
        """
        raise NotImplementedError

    def check(self, config: Config) -> str:
        """A sentence that the account works, after asking the provider without sending anything.

        Raises ``DeliveryError`` in the provider's words.
        """
        raise DeliveryError("This provider can only be tried by a message.", permanent=True)

    def find_address(self, config: Config, email: str) -> dict[str, Any]:
        """The address that a person with this e-mail address has there; {} where it cannot say.

        Raises ``DeliveryError``.
        """
        return {}

    def read_callback(self, config: Config, callback: Callback) -> Heard:
        """What a request of the provider says. It asks nobody: what needs a request is a
        ``follow_up`` of the answer. Raises ``CallbackRefused`` if it is not signed."""
        raise CallbackRefused("This provider calls nobody back.")

    def follow_up(self, config: Config, what: str) -> Heard:
        """What a callback meant that left ``what`` to be done by a request of a worker.

        Raises ``DeliveryError`` or ``CannotVerify`` where it is to be tried again, and
        ``CallbackRefused`` where nothing comes of it.
        """
        return Heard()

    def polls(self, config: Config) -> bool:
        """Whether this account is asked for answers, in place of being called back."""
        return False

    def poll(self, config: Config, position: str, wait_s: int) -> Polled:
        """What has been answered after ``position`` ('' for whatever was not taken yet), as soon as
        there is something, and after ``wait_s`` seconds at the latest. Raises ``DeliveryError``."""
        return Polled(position=position)

    def own_account(self) -> Config | None:
        """That by which the channel's messages go where there is no other: that of the portal's
        settings, which is empty here. None where there is none."""
        return None

    def answer(self, texts: Sequence[str]) -> tuple[str, str]:
        """The body and the content type by which a callback is answered, which tell people what
        came of their replies. Where a provider does not say so, they are told by a message."""
        return "", "text/plain"

    def answer_later(self) -> tuple[str, str]:
        """The body and the content type by which a callback is answered whose reply takes longer
        than ``patience_s``."""
        return "", "text/plain"

    def tell(self, config: Config, reply: Reply, text: str) -> None:
        """Tell whoever answered what came of it by a request of its own, where the answer to the
        callback does not; ``text`` is "" where they are not known here. Raises ``DeliveryError``.
        """

    def code_link(self, config: Config, code: str) -> str:
        """Where a person sends this code from their own address; '' where that is not possible."""
        return ""

    def package(self, config: Config) -> tuple[str, bytes] | None:
        """The name and the content of a file that is to be uploaded at the vendor; None where
        there is none."""
        return None

    def withdraw(self, config: Config, provider_id: str) -> None:
        """Stop a message that rings, where ``repeats`` is set. Raises ``DeliveryError``."""

    @property
    def has_package(self) -> bool:
        """Whether there is a file to be uploaded at the vendor."""
        return type(self).package is not BaseProvider.package

    @property
    def tells(self) -> bool:
        """Whether what came of a reply is told by ``tell``."""
        return type(self).tell is not BaseProvider.tell

    def tells_of(self, reply: Reply) -> bool:
        """Whether what came of this reply is told by ``tell``, and not by ``answer``."""
        return self.tells

    @property
    def answers_by_message(self) -> bool:
        """Whether what came of a reply is a message of its own: neither a part of ``answer`` nor a
        request of ``tell``."""
        return type(self).answer is BaseProvider.answer and not self.tells

    @property
    def secret_fields(self) -> tuple[str, ...]:
        """The fields that are never shown again: those with a password's input."""
        fields = self.Form.base_fields.items()
        return tuple(n for n, f in fields if isinstance(f.widget, forms.PasswordInput))
