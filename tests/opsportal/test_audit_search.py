"""Nothing in the code writes past the audit log."""

import ast
import re
from pathlib import Path

from opsportal.audit.tracked import TRACKED

ROOT = Path(__file__).parents[2]
# What changes many rows in one statement goes past the signals.
UNSEEN = {"update", "bulk_create", "bulk_update", "insert_all", "write_all", "_raw_delete"}
RELATED = (
    "entries",
    "versions",
    "overrides",
    "absences",
    "steps",
    "targets",
    "tiers",
    "memberships",
)
# Counters, and what a cache compares: nothing that people set.
ALLOWED = {
    ("escalation/actions/incoming_calls.py", "CallRoute"),  # how many calls were too many
    ("escalation/actions/slack_groups.py", "SlackUserGroup"),  # what Slack said
    ("escalation/actions/turns.py", "RoundRobin"),  # whose turn it is
    ("escalation/admin/round_robins.py", "RoundRobin"),  # whose turn it is after a change
    ("escalation/holiday_job.py", "Holiday"),  # what the package of holidays says
    ("incidents/actions/people.py", "User"),  # tried, and undone
    ("integrations/engine/overload.py", "Integration"),
    ("integrations/inbound/receive.py", "Integration"),
    ("integrations/inbound/unreadable_count.py", "Integration"),
    ("integrations/setup/rotation.py", "Integration"),
    ("notifications/actions/message_templates.py", "MessageTemplate"),  # that it has failed
    ("notifications/actions/outbound_operations.py", "OutboundService"),  # its account there
}


def unseen_writes(path):
    """The tracked tables that a file writes past the signals, as far as their names are there."""
    names = {model.__name__ for model in TRACKED}
    source = path.read_text()
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        if node.func.attr in UNSEEN:
            written = ast.get_source_segment(source, node.func.value) or ""
            for name in names:
                if re.search(rf"\b{name}\.(_default_manager|objects)\b", written):
                    yield name
            for name in RELATED:
                if re.search(rf"\.{name}\.", written):
                    yield name


def test_nothing_writes_past_the_log():
    found = {
        (str(path.relative_to(ROOT)), name)
        for app in ("incidents", "notifications", "escalation", "integrations", "opsportal")
        for path in (ROOT / app).rglob("*.py")
        if "migrations" not in path.parts
        for name in unseen_writes(path)
    }

    assert found == ALLOWED


def test_the_search_for_such_writes_finds_one(tmp_path):
    path = tmp_path / "bad.py"
    path.write_text("Target.objects.bulk_create(rows)\nrow.versions.filter(a=1).update(b=2)\n")

    assert sorted(unseen_writes(path)) == ["Target", "versions"]
