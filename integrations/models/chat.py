"""Chat identities: accounts of a chat that are linked to people."""

from typing import Self

from django.conf import settings
from django.db import models
from django.utils import timezone

from incidents.models import User
from incidents.models.people import CHANGE_PEOPLE

KNOWS_ALL = CHANGE_PEOPLE


class ChatIdentityQuerySet(models.QuerySet["ChatIdentity"]):
    def visible_to(self, user: User) -> Self:
        """One's own; those of everybody for who administers security."""
        return self if user.has_perm(KNOWS_ALL) else self.filter(user=user)


class ChatIdentity(models.Model):
    """A chat user who has proved to be a person of ours."""

    class Provider(models.TextChoices):
        SLACK = "slack", "Slack"
        TEAMS = "teams", "Microsoft Teams"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="chat_identities"
    )
    provider = models.CharField(max_length=8, choices=Provider)
    workspace = models.CharField(max_length=100, blank=True)
    chat_user = models.CharField(max_length=100)
    name = models.CharField(max_length=200, blank=True)
    linked_at = models.DateTimeField(default=timezone.now)

    objects = ChatIdentityQuerySet.as_manager()

    class Meta:
        ordering = ["provider", "name"]
        verbose_name_plural = "chat identities"
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "workspace", "chat_user"], name="one_person_for_one_chat_user"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name or self.chat_user} on {self.get_provider_display()}"
