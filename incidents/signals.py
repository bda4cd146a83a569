"""The one signal of the portal."""

from django.dispatch import Signal

# Sent when changes of incidents are committed, with ``changes``: pairs of an incident's number and
# a verb of the timeline. A receiver only wakes a worker: the truth is in the rows.
incident_changed = Signal()
