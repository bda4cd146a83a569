"""Integrations of whose less urgent incidents a person does not want to be told."""

from typing import Self

from django.conf import settings
from django.db import models

from incidents.models import User
from incidents.models.people import CHANGE_PEOPLE
from integrations.models.integration import Integration


class IntegrationOptOutQuerySet(models.QuerySet["IntegrationOptOut"]):
    def visible_to(self, user: User) -> Self:
        """One's own, or all."""
        return self if user.has_perm(CHANGE_PEOPLE) else self.filter(user=user)


class IntegrationOptOut(models.Model):
    """Of what an integration opens, low urgency reaches this person by a line in the portal alone.
    Pages of high urgency are never held back."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="integration_opt_outs"
    )
    integration = models.ForeignKey(Integration, models.CASCADE, related_name="opt_outs")

    objects = IntegrationOptOutQuerySet.as_manager()

    class Meta:
        ordering = ["integration__name"]
        constraints = [
            models.UniqueConstraint(fields=["user", "integration"], name="integration_opt_out_once")
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.integration}"
