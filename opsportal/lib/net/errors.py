"""What can go wrong when a request leaves the portal. The sentences are shown to people."""

import math

MAX_RETRY_AFTER_S = 86_400.0


class DeliveryError(Exception):
    """The world said no. The flags say what is left to do; the sentence names no secret.

    ``permanent``: the same attempt will fail again, so the next way is to be tried at once.
    ``ambiguous``: it may have arrived all the same, so a second attempt has to say so.
    ``retry_after``: the seconds that the other side asked to be left alone, at most a day; it may
    be given as it was said, and is None for what is no number.
    ``provider_fault``: the provider is at fault (credentials, quota, outage), not the address.
    ``address_fault``: the address is at fault, and another provider would not help.
    """

    def __init__(
        self,
        message: str,
        *,
        permanent: bool = False,
        ambiguous: bool = False,
        retry_after: object = None,
        provider_fault: bool = False,
        address_fault: bool = False,
    ) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.ambiguous = ambiguous
        self.retry_after = _seconds(retry_after)
        self.provider_fault = provider_fault
        self.address_fault = address_fault


def _seconds(said: object) -> float | None:
    try:
        seconds = float(said)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None
    return None if math.isnan(seconds) else min(max(seconds, 0.0), MAX_RETRY_AFTER_S)
