"""What can go wrong when somebody is to be told. The sentences are shown to people."""

from incidents.errors import DomainError


class DeliveryError(Exception):
    """The world said no. The flags say what is left to do; the sentence names no secret.

    ``permanent``: the same attempt will fail again, so the next way is to be tried at once.
    ``ambiguous``: it may have arrived all the same, so a second attempt has to say so.
    ``retry_after``: the seconds that the other side asked to be left alone.
    """

    def __init__(
        self,
        message: str,
        *,
        permanent: bool = False,
        ambiguous: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.ambiguous = ambiguous
        self.retry_after = retry_after


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
