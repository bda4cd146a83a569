"""The admin of people, teams, keys, services and incidents."""

from incidents.admin import (
    audit,
    bridges,
    changes,
    custom_fields,
    incidents,
    keys,
    people,
    services,
    teams,
    topics,
)

__all__ = [
    "audit",
    "bridges",
    "changes",
    "custom_fields",
    "incidents",
    "keys",
    "people",
    "services",
    "teams",
    "topics",
]
