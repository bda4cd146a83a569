"""OpsKnight 1.x: a dump of its tables, as JSON, as CSV, or as PostgreSQL writes it."""

from integrations.importers.opsknight.read import KEY, read

__all__ = ["KEY", "read"]
