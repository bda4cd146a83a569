"""What a provider's own words add to the status of its answer."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from opsportal.lib.net.errors import DeliveryError

MIN_SECRET_CHARS = 6


@contextmanager
def refusals(
    *,
    of_address: Collection[str] = (),
    of_provider: Collection[str] = (),
    for_good: Collection[str] = (),
    secrets: Collection[str] = (),
) -> Iterator[None]:
    """Judge a DeliveryError from within by these words, and let it go on without the secrets.

    With words ``of_address`` the address is at fault for good, with those ``of_provider`` the
    provider, and with those ``for_good`` neither is, but the same message fails again.
    """
    try:
        yield
    except DeliveryError as error:
        sentence = str(error)
        if any(words in sentence for words in of_address):
            error.permanent, error.address_fault, error.provider_fault = True, True, False
        elif any(words in sentence for words in of_provider):
            error.permanent, error.provider_fault = True, True
        elif any(words in sentence for words in for_good):
            error.permanent, error.provider_fault = True, False
        error.args = (_without(sentence, secrets),)
        raise


def _without(sentence: str, secrets: Collection[str]) -> str:
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= MIN_SECRET_CHARS:
            sentence = sentence.replace(secret, "…")
    return sentence
