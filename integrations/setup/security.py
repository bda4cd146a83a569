"""Security of an integration: signatures and their secrets, networks, credentials."""

import re
import secrets as random
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from incidents.errors import InvalidRequest
from integrations.chat.command import TEMPLATES
from integrations.chat.markup import TEAMS
from integrations.inbound.access import BadNetwork, tidy_networks
from integrations.inbound.endpoint_cache import provider_of, usual_provider
from integrations.models import Integration
from integrations.setup.integrations import change
from integrations.signatures import CUSTOM, PROVIDERS, keyring, needs_secret
from integrations.signatures.custom import problems_of
from opsportal.lib.encryption import SecretUnreadable, kept_value

MAX_SECRET_LENGTH = 500
APP_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@transaction.atomic
def change_signature(
    integration_id: int,
    provider: str | None = None,
    secret: str | None = None,
    form: Mapping[str, Any] | None = None,
) -> Integration:
    """How messages are signed, from the next one on; what is None stays.

    A ``secret`` takes the place of all there are; '' takes unsigned messages again. ``form`` says
    how the provider "custom" signs. Raises InvalidRequest where they do not fit together.
    """
    integration = _locked(integration_id)
    if secret is None:
        stored = kept_value(integration, "signature_secret")
    else:
        stored = keyring.write(
            [keyring.make(_valid_secret(secret), timezone.now())] if secret else []
        )
    provider = provider_of(integration) if provider is None else provider
    form = integration.signature_form if form is None else dict(form)
    if stored or (provider and not needs_secret(provider)):
        _check(provider, form)
    else:
        provider = ""
    return change(
        integration_id, signature_provider=provider, signature_secret=stored, signature_form=form
    )


@transaction.atomic
def add_secret(
    integration_id: int,
    secret: str = "",
    *,
    provider: str | None = None,
    form: Mapping[str, Any] | None = None,
) -> tuple[Integration, str]:
    """One more secret that is valid beside the others, for an exchange without a gap.

    Returns it, too: '' makes one, and this is the only time that it is shown. Raises
    InvalidRequest for a sixth secret, for one that the provider cannot use, and where the others
    cannot be read.
    """
    integration = _locked(integration_id)
    provider = provider or provider_of(integration) or usual_provider(integration.template)
    form = integration.signature_form if form is None else dict(form)
    if not secret and not needs_secret(provider):
        raise InvalidRequest("secret: write the ARN of the topic; none can be made up.")
    text = _valid_secret(secret or random.token_urlsafe(32))
    known = _known(integration)
    if len(known) >= keyring.MAX_SECRETS:
        raise InvalidRequest(
            f"secret: {keyring.MAX_SECRETS} are valid already; remove an old one first."
        )
    _check(provider, form)
    if text not in [one.text for one in known]:
        known = (*known, keyring.make(text, timezone.now()))
    stored = keyring.write(known)
    changed = change(
        integration_id, signature_provider=provider, signature_secret=stored, signature_form=form
    )
    return changed, text


@transaction.atomic
def remove_secret(integration_id: int, secret_id: str) -> Integration:
    """Refuse what is signed with it from now on.

    Raises InvalidRequest for the last one: remove the signature instead.
    """
    integration = _locked(integration_id)
    known = _known(integration)
    left = [secret for secret in known if secret.id != secret_id]
    if len(left) == len(known):
        return integration
    if not left and needs_secret(integration.signature_provider):
        raise InvalidRequest("secret: it is the last one. Remove the signature, or add another.")
    return change(integration_id, signature_secret=keyring.write(left))


def change_networks(integration_id: int, networks: Iterable[str]) -> Integration:
    """Take messages from these networks only; from everywhere where none is named.

    Raises InvalidRequest for what is no address and no network.
    """
    try:
        return change(integration_id, allowed_networks=tidy_networks(networks))
    except BadNetwork as problem:
        raise InvalidRequest(f"allowed_networks: {problem}") from problem


@transaction.atomic
def change_credentials(
    integration_id: int,
    *,
    basic_user: str | None = None,
    basic_password: str | None = None,
    bearer_token: str | None = None,
) -> Integration:
    """What a sender must show in ``Authorization``: either will do.

    None keeps what there is, '' removes it. Raises InvalidRequest for a user without a password,
    and the other way round.
    """
    integration = _locked(integration_id)
    user = integration.basic_user if basic_user is None else basic_user.strip()
    password = (
        kept_value(integration, "basic_password") if basic_password is None else basic_password
    )
    bearer = (
        kept_value(integration, "bearer_token") if bearer_token is None else bearer_token.strip()
    )
    if not user and basic_user is not None and basic_password is None:
        password = ""
    if bool(user) != bool(password):
        field = "basic_password" if user else "basic_user"
        raise InvalidRequest(f"{field}: basic auth needs a user and a password.")
    if ":" in user:
        raise InvalidRequest("basic_user: a colon ends the name; leave it out.")
    return change(integration_id, basic_user=user, basic_password=password, bearer_token=bearer)


def change_chat_app(integration_id: int, app_id: str) -> Integration:
    """The app of Microsoft Teams whose actions on messages are taken; '' takes none.

    Raises InvalidRequest for an id that has not its form, and for another template.
    """
    integration = Integration.objects.get(pk=integration_id)
    app_id = app_id.strip().lower()
    if app_id and integration.template != TEMPLATES[TEAMS]:
        raise InvalidRequest("chat_app_id: only integrations of Microsoft Teams have one.")
    if app_id and not APP_ID.fullmatch(app_id):
        raise InvalidRequest(
            "chat_app_id: it has 32 hexadecimal digits, such as "
            "00112233-4455-6677-8899-aabbccddeeff."
        )
    return change(integration_id, chat_app_id=app_id)


def _locked(integration_id: int) -> Integration:
    return Integration.objects.select_for_update(no_key=True).get(pk=integration_id)


def _known(integration: Integration) -> tuple[keyring.Secret, ...]:
    """The signing secrets. Raises InvalidRequest where they cannot be read."""
    try:
        return keyring.read(integration.signature_secret)
    except SecretUnreadable as error:
        raise InvalidRequest(f"secret: {error} “Replace all” takes new ones.") from error


def _check(provider: str, form: Mapping[str, Any]) -> None:
    if provider not in PROVIDERS and provider != CUSTOM:
        known = ", ".join([*PROVIDERS, CUSTOM])
        raise InvalidRequest(f"provider: “{provider}” is no known way to sign; known: {known}.")
    if provider == CUSTOM and (problems := problems_of(form)):
        raise InvalidRequest("; ".join(f"signature_form.{key}: {what}" for key, what in problems))


def _valid_secret(secret: str) -> str:
    if len(secret) > MAX_SECRET_LENGTH or "\n" in secret or not secret.strip():
        raise InvalidRequest(f"secret: one line of at most {MAX_SECRET_LENGTH} characters.")
    return secret.strip()
