"""Opsgenie: the folder of its configuration backup, or its REST API.

https://github.com/opsgenie/opsgenie-configuration-backup
"""

from integrations.importers.opsgenie.fetch import fetch
from integrations.importers.opsgenie.read import KEY, read

__all__ = ["KEY", "fetch", "read"]
