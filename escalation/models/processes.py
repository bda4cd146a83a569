"""The processes of the portal."""

from django.db import models


class ProcessHeartbeat(models.Model):
    """When a process of one kind (scheduler, engine, worker), or the sweep, last did its work."""

    process = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()
    facts = models.JSONField(default=dict, blank=True)

    def __str__(self) -> str:
        return f"{self.process} at {self.at}"
