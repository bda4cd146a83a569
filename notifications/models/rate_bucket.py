"""Token buckets: how many messages a provider, or a place there, still takes at once."""

from django.db import models
from django.db.models.functions import Now


class RateBucket(models.Model):
    """What is left of one limit, as of ``at``. How fast it fills is said by who takes from it, so
    that a limit that is changed holds at once."""

    key = models.CharField(max_length=340, primary_key=True)
    tokens = models.FloatField()
    at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.key}: {self.tokens:g}"
