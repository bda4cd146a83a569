"""GoAlert: documents of its GraphQL API.

https://goalert.me/
"""

from integrations.importers.goalert.fetch import fetch
from integrations.importers.goalert.query import QUERY
from integrations.importers.goalert.read import KEY, read

__all__ = ["KEY", "QUERY", "fetch", "read"]
