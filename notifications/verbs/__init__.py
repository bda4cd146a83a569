"""Everything that can happen to contact methods and notifications."""

from notifications.verbs.announcing import announce
from notifications.verbs.configuring import (
    add_shared_channel,
    change_contact_method,
    change_shared_channel,
    set_catch_all,
    set_notice,
)
from notifications.verbs.contacts import (
    add_contact_method,
    confirm,
    give_login_address,
    send_code,
    send_test,
)
from notifications.verbs.delivery import deliver
from notifications.verbs.handover import hand_over_due
from notifications.verbs.paging import page
from notifications.verbs.wishes import add_rule, mark_read, remove_contact_method, remove_rule

__all__ = [
    "add_contact_method",
    "add_rule",
    "add_shared_channel",
    "announce",
    "change_contact_method",
    "change_shared_channel",
    "confirm",
    "deliver",
    "give_login_address",
    "hand_over_due",
    "mark_read",
    "page",
    "remove_contact_method",
    "remove_rule",
    "send_code",
    "send_test",
    "set_catch_all",
    "set_notice",
]
