"""The words of messages, where an administrator has written others than the usual ones."""

from typing import Self

from django.conf import settings
from django.db import models
from django.utils import timezone

from incidents.models import User
from notifications.choices import TemplateKind, TemplateOccasion
from opsportal.lib.languages import Language

VIEW = "notifications.view_provider"
CHANGE = "notifications.change_provider"


class MessageTemplateQuerySet(models.QuerySet["MessageTemplate"]):
    def visible_to(self, user: User) -> Self:
        """Whoever sees by which accounts messages leave sees what they say."""
        return self if user.has_perm(VIEW) else self.none()


class MessageTemplate(models.Model):
    """What messages of one kind say on one occasion: to those who read its language, or to
    everybody who has no template of their own language."""

    kind = models.CharField(max_length=8, choices=TemplateKind)
    occasion = models.CharField(max_length=10, choices=TemplateOccasion)
    language = models.CharField(
        max_length=5,
        blank=True,
        default="",
        choices=Language,
        help_text="Empty: for all languages.",
    )
    subject = models.CharField(
        "title", max_length=1000, blank=True, help_text="Of mails, chats and pushes: one line."
    )
    text = models.TextField(max_length=10_000)
    changed_at = models.DateTimeField(default=timezone.now, editable=False)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
    )
    # Why it could not be used when a message was sent, and when that was last.
    error = models.CharField(max_length=300, blank=True, editable=False)
    failed_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = MessageTemplateQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "occasion", "language"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "occasion", "language"], name="message_template_once"
            )
        ]

    def __str__(self) -> str:
        language = f" ({self.get_language_display()})" if self.language else ""
        return f"{self.get_kind_display()}: {self.get_occasion_display()}{language}"
