"""Policies ready to copy: what other pagers come with, and what most teams begin with."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from escalation.choices import TargetKind
from incidents.models import TeamRole

FIVE_MIN_S = 300
HALF_HOUR_S = 1800
PRIMARY, SECONDARY, MANAGER = TeamRole.PRIMARY, TeamRole.SECONDARY, TeamRole.MANAGER


@dataclass(frozen=True, slots=True)
class StockPolicy:
    """A policy as it is copied: its columns, and its steps as `write_steps` takes them."""

    key: str
    name: str
    description: str
    steps: tuple[dict[str, Any], ...]
    columns: tuple[tuple[str, Any], ...] = ()


def _roles(*roles: TeamRole) -> list[dict[str, Any]]:
    return [{"kind": TargetKind.RECIPIENT_TEAMS, "role": role} for role in roles]


def _step(*roles: TeamRole, wait_s: int = 0, **fields: Any) -> dict[str, Any]:
    return {"targets": _roles(*roles), "wait_seconds": wait_s, **fields}


def _central(*channels: tuple[str, int]) -> list[dict[str, Any]]:
    return [{"channel": channel, "after_minutes": minutes} for channel, minutes in channels]


EVERY_CHANNEL = _central(("push", 0), ("email", 0), ("sms", 1), ("voice", 2))
STOCK: Sequence[StockPolicy] = (
    StockPolicy(
        "escalate-5",
        "Escalate after 5 minutes",
        "Primary, after 5 minutes secondary, after 5 more the manager; each by their own rules.",
        (
            _step(PRIMARY),
            _step(SECONDARY, wait_s=FIVE_MIN_S),
            _step(MANAGER, wait_s=FIVE_MIN_S),
        ),
    ),
    StockPolicy(
        "escalate-30-retries",
        "Escalate after 30 minutes with 5 retries",
        "Each role six times, every 5 minutes, by push, mail, SMS and a call, before the next one.",
        tuple(
            _step(
                role,
                wait_s=HALF_HOUR_S * (role != PRIMARY),
                retries=5,
                retry_seconds=FIVE_MIN_S,
                step_channels=EVERY_CHANNEL,
            )
            for role in (PRIMARY, SECONDARY, MANAGER)
        ),
    ),
    StockPolicy(
        "all-hands",
        "All hands, all contacts",
        "Every role at once, by push, mail, SMS and a call.",
        (_step(PRIMARY, SECONDARY, MANAGER, step_channels=EVERY_CHANNEL),),
    ),
    StockPolicy(
        "all-hands-email",
        "All hands, email only",
        "Every role at once, by mail alone.",
        (_step(PRIMARY, SECONDARY, MANAGER, step_channels=_central(("email", 0))),),
    ),
    StockPolicy(
        "email-manager",
        "Email the manager",
        "The manager alone, by mail.",
        (_step(MANAGER, step_channels=_central(("email", 0))),),
    ),
    StockPolicy(
        "one-by-one",
        "Primaries one after another",
        "The primaries one by one, two minutes apart; after 10 minutes the secondaries.",
        (_step(PRIMARY, member_wait_seconds=120), _step(SECONDARY, wait_s=600)),
    ),
    StockPolicy(
        "never-gives-up",
        "On call, then everybody, three times",
        "Primary and secondary, after 10 minutes everybody of the team; twice more after that.",
        (
            _step(PRIMARY),
            _step(SECONDARY, wait_s=FIVE_MIN_S),
            _step(PRIMARY, SECONDARY, MANAGER, wait_s=FIVE_MIN_S),
        ),
        (("repeats", 2),),
    ),
    StockPolicy(
        "office-hours",
        "Low urgency in office hours",
        "What is urgent pages at once; what is not waits for the office hours of UTC weekdays.",
        (
            _step(PRIMARY, when=[{"field": "urgency", "operator": "is", "value": "high"}]),
            _step(
                PRIMARY,
                when=[
                    {"field": "urgency", "operator": "is", "value": "low"},
                    {
                        "field": "hours",
                        "operator": "within",
                        "value": "mon-fri 09:00-17:00 UTC",
                    },
                ],
                waits_for_hours=True,
            ),
            _step(
                SECONDARY,
                wait_s=FIVE_MIN_S,
                when=[{"field": "urgency", "operator": "is", "value": "high"}],
            ),
        ),
    ),
)
BY_KEY = {policy.key: policy for policy in STOCK}
