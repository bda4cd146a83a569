"""What can go wrong when somebody is to be told. The sentences are shown to people."""

from incidents.errors import DomainError
from opsportal.lib.net.errors import DeliveryError


class UnknownChannel(DeliveryError):
    """No module of that name: a defect of the configuration, never another channel instead."""

    def __init__(self, key: str) -> None:
        super().__init__(f"There is no channel called “{key}”.", permanent=True)


class LinkInvalid(DomainError):
    """The link was not made by this portal, or not all of it arrived."""

    code = "link_invalid"


class LinkExpired(DomainError):
    """The link was good once. The incident itself can still be opened after signing in."""

    code = "link_expired"


class CallbackRefused(DomainError):
    """A callback does not show that the provider made it."""

    code = "callback_refused"
    status = 403  # of HTTP


class CallbackUnsigned(CallbackRefused):
    """The same where the provider expects 401, with which some try whether signatures are read."""

    status = 401
