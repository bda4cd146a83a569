"""Everything that can happen to integrations and to what comes in through them."""

from integrations.verbs.adopting import adopt_token, check_token
from integrations.verbs.beats import beat, beat_by_token, miss_due, next_alarm_at, rearm
from integrations.verbs.chat import (
    hear,
    hear_action,
    link_chat_user,
    reply_later,
    unlink_chat_user,
)
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
    clone_integration,
    delete_integration,
    reset_rules,
)
from integrations.verbs.heartbeats import (
    change_heartbeat,
    create_heartbeat,
    pause_heartbeat,
    resume_heartbeat,
    send_beat,
)
from integrations.verbs.losses import raise_losses
from integrations.verbs.mail import (
    MailboxClosed,
    NotKept,
    SenderRefused,
    UnknownMailbox,
    delete_account,
    deliver,
    knock,
    note_look,
    save_account,
)
from integrations.verbs.pruning import change_retention, prune, retention
from integrations.verbs.receiving import Changed, Receipt, receive, refuse
from integrations.verbs.routing import change_routing
from integrations.verbs.shaking import shake
from integrations.verbs.subscribing import confirm_subscription
from integrations.verbs.teaching import teach
from integrations.verbs.timers import next_timer, run_timers
from integrations.verbs.trust import (
    add_secret,
    change_chat_app,
    change_credentials,
    change_networks,
    change_signature,
    remove_secret,
)
from integrations.verbs.trying import preview, replay, send_sample
from integrations.verbs.windows import (
    add_window,
    change_window,
    delete_window,
    end_window,
    prolong,
)
from integrations.verbs.working import work, work_now

__all__ = [
    "Changed",
    "MailboxClosed",
    "NotKept",
    "Receipt",
    "SenderRefused",
    "UnknownMailbox",
    "add_secret",
    "add_window",
    "adopt_token",
    "beat",
    "beat_by_token",
    "change_basics",
    "change_chat_app",
    "change_credentials",
    "change_field_mapping",
    "change_heartbeat",
    "change_networks",
    "change_rate_limit",
    "change_retention",
    "change_routing",
    "change_rules",
    "change_signature",
    "change_window",
    "check_token",
    "clone_integration",
    "confirm_subscription",
    "create_heartbeat",
    "create_integration",
    "delete_account",
    "delete_integration",
    "delete_window",
    "deliver",
    "end_window",
    "hear",
    "hear_action",
    "knock",
    "link_chat_user",
    "miss_due",
    "next_alarm_at",
    "next_timer",
    "note_look",
    "pause_heartbeat",
    "preview",
    "prolong",
    "prune",
    "raise_losses",
    "rearm",
    "receive",
    "refuse",
    "remove_secret",
    "replay",
    "reply_later",
    "reset_rules",
    "resume_heartbeat",
    "retention",
    "rotate_token",
    "run_timers",
    "save_account",
    "send_beat",
    "send_sample",
    "set_enabled",
    "shake",
    "teach",
    "unlink_chat_user",
    "work",
    "work_now",
]
