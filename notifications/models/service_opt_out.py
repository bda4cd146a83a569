"""Services of whose less urgent incidents a person does not want to be told."""

from typing import Self

from django.conf import settings
from django.db import models

from incidents.models import Service, User
from incidents.models.people import CHANGE_PEOPLE


class ServiceOptOutQuerySet(models.QuerySet["ServiceOptOut"]):
    def visible_to(self, user: User) -> Self:
        """One's own, or all."""
        return self if user.has_perm(CHANGE_PEOPLE) else self.filter(user=user)


class ServiceOptOut(models.Model):
    """Low urgency and news of a service reach this person by a line in the portal alone. Pages of
    high urgency are never held back."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="service_opt_outs"
    )
    service = models.ForeignKey(Service, models.CASCADE, related_name="opt_outs")

    objects = ServiceOptOutQuerySet.as_manager()

    class Meta:
        ordering = ["service__name"]
        constraints = [
            models.UniqueConstraint(fields=["user", "service"], name="service_opt_out_once")
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.service}"
