"""The settings of a channel or provider: validated when stored, without secrets when shown."""

from collections.abc import Mapping
from typing import Any, ClassVar, Protocol

from django import forms

from incidents.errors import InvalidRequest
from notifications.channels import all_channels

HIDDEN = "********"


class SettingsOwner(Protocol):
    """What has settings: a channel, or a provider of one."""

    Form: ClassVar[type[forms.Form]]

    @property
    def secret_fields(self) -> tuple[str, ...]: ...


def checked(
    channel: str, config: Mapping[str, Any], stored: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """What is to be stored. A secret that is not sent, or sent hidden, stays as it was.

    Raises InvalidRequest, which names the field of the channel.
    """
    return checked_by(all_channels()[channel], config, stored)


def checked_by(
    owner: SettingsOwner, config: Mapping[str, Any], stored: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """As ``checked``, for a channel or provider."""
    known = owner.Form.base_fields
    if unknown := sorted(config.keys() - known.keys()):
        raise InvalidRequest(f"config: {unknown[0]}: no such setting; known: {', '.join(known)}.")
    wanted = {
        name: value
        for name, value in config.items()
        if not (name in owner.secret_fields and value == HIDDEN)
    }
    kept = {name: value for name, value in (stored or {}).items() if name in owner.secret_fields}
    form = owner.Form({**kept, **wanted})
    if not form.is_valid():
        field, errors = next(iter(form.errors.items()))
        raise InvalidRequest(f"config: {field}: {errors[0]}")
    return form.cleaned_data


def shown(channel: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """As people may read it: a secret shows only that it is set."""
    return shown_by(all_channels()[channel], config)


def shown_by(owner: SettingsOwner, config: Mapping[str, Any]) -> dict[str, Any]:
    """As ``shown``, for a channel or provider."""
    return {k: HIDDEN if k in owner.secret_fields and v else v for k, v in config.items()}
