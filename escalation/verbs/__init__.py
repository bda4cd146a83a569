"""Everything that can happen to runs: started, moved by the clock, hurried, paused, ended."""

from escalation.verbs.beats import beat
from escalation.verbs.calling import call_in
from escalation.verbs.clock import advance_due, next_due_at, wake_due
from escalation.verbs.documents import set_default_policy, write_steps, write_tiers
from escalation.verbs.holding import hold_until, insist, rehold, release
from escalation.verbs.hurrying import escalate, hurry_unreachable
from escalation.verbs.policies import choose_targets
from escalation.verbs.settling import adopt, settle, settle_all
from escalation.verbs.starting import Start, open_and_start, reopen, start

__all__ = [
    "Start",
    "adopt",
    "advance_due",
    "beat",
    "call_in",
    "choose_targets",
    "escalate",
    "hold_until",
    "hurry_unreachable",
    "insist",
    "next_due_at",
    "open_and_start",
    "rehold",
    "release",
    "reopen",
    "set_default_policy",
    "settle",
    "settle_all",
    "start",
    "wake_due",
    "write_steps",
    "write_tiers",
]
