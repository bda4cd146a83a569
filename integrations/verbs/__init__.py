"""Everything that can happen to integrations and to what comes in through them."""

from integrations.verbs.configuring import (
    change_rules,
    create_integration,
    rotate_token,
    set_enabled,
)
from integrations.verbs.editing import (
    change_basics,
    change_field_mapping,
    change_rate_limit,
    change_signature,
    clone_integration,
    delete_integration,
    reset_rules,
)
from integrations.verbs.losses import raise_losses
from integrations.verbs.receiving import Changed, Receipt, receive
from integrations.verbs.trying import preview, replay, send_sample
from integrations.verbs.working import work, work_now

__all__ = [
    "Changed",
    "Receipt",
    "change_basics",
    "change_field_mapping",
    "change_rate_limit",
    "change_rules",
    "change_signature",
    "clone_integration",
    "create_integration",
    "delete_integration",
    "preview",
    "raise_losses",
    "receive",
    "replay",
    "reset_rules",
    "rotate_token",
    "send_sample",
    "set_enabled",
    "work",
    "work_now",
]
