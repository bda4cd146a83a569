"""The settings of a channel: validated when stored, without secrets when shown."""

from collections.abc import Mapping
from typing import Any

from incidents.errors import InvalidRequest
from notifications.channels import all_channels

HIDDEN = "********"


def checked(
    channel: str, config: Mapping[str, Any], stored: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """What is to be stored. A secret that is not sent, or sent hidden, stays as it was.

    Raises InvalidRequest, which names the field of the channel.
    """
    kind = all_channels()[channel]
    known = kind.Form.base_fields
    if unknown := sorted(config.keys() - known.keys()):
        raise InvalidRequest(f"config: {unknown[0]}: no such setting; known: {', '.join(known)}.")
    wanted = {
        name: value
        for name, value in config.items()
        if not (name in kind.secret_fields and value == HIDDEN)
    }
    kept = {name: value for name, value in (stored or {}).items() if name in kind.secret_fields}
    form = kind.Form({**kept, **wanted})
    if not form.is_valid():
        field, errors = next(iter(form.errors.items()))
        raise InvalidRequest(f"config: {field}: {errors[0]}")
    return form.cleaned_data


def shown(channel: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """As people may read it: a secret shows only that it is set."""
    secret = all_channels()[channel].secret_fields
    return {k: HIDDEN if k in secret and v else v for k, v in config.items()}
