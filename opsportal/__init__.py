"""OpsPortal. The settings stand in this package, so every process runs this first."""

import zoneinfo

# Zones come from the package tzdata alone: the tables of the system may be years older. What was
# read from them before is read anew.
zoneinfo.reset_tzpath(to=[])
zoneinfo.ZoneInfo.clear_cache()
