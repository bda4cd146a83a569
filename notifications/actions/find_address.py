"""The address that a person has at a provider, found by the e-mail address of the login."""

from typing import Any

from incidents.errors import DomainError
from notifications.channels import all_channels
from notifications.provider_accounts import accounts_of
from opsportal.lib.net.errors import DeliveryError


def find_address(channel: str, email: str) -> dict[str, Any]:
    """The settings of a contact method, from the first account of the channel that knows the
    person. Raises DomainError, in the words of the last one that was asked."""
    problem = f"No account of {all_channels()[channel].label} is set up yet."
    for account in accounts_of(channel) if all_channels()[channel].finds_by_email else []:
        try:
            return account.provider.find_address(account.config, email)
        except DeliveryError as error:
            problem = str(error)
    raise DomainError(problem)
