"""PagerDuty: documents of its REST API, v2 and the shift-based schedules of v3.

https://developer.pagerduty.com/api-reference/
"""

from integrations.importers.pagerduty.fetch import fetch
from integrations.importers.pagerduty.read import KEY, read

__all__ = ["KEY", "fetch", "read"]
