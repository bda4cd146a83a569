"""Grafana OnCall: documents of its public API, or a dump of its tables.

https://grafana.com/docs/oncall/latest/oncall-api-reference/
"""

from integrations.importers.grafana_oncall.fetch import fetch
from integrations.importers.grafana_oncall.read import KEY, read

__all__ = ["KEY", "fetch", "read"]
