"""What else there is to say of an incident, as an administrator has defined it."""

from typing import Self

from django.db import models
from django.utils.text import slugify

from incidents.choices import FieldKind
from incidents.models.people import User


class CustomFieldQuerySet(models.QuerySet["CustomField"]):
    def visible_to(self, user: User) -> Self:
        """Those with a role: they fill them in."""
        return self if user.has_perm("incidents.view_customfield") else self.none()


class CustomField(models.Model):
    """A further field of every incident; its value is kept by ``key``, which stays."""

    name = models.CharField(max_length=100, unique=True)
    key = models.SlugField(max_length=100, unique=True, editable=False)
    kind = models.CharField(max_length=6, choices=FieldKind, default=FieldKind.TEXT)
    choices = models.JSONField(
        default=list, blank=True, help_text='For one of several: a list, such as ["EU", "US"].'
    )
    is_required = models.BooleanField(
        "required",
        default=False,
        help_text="Nobody opens an incident by hand without it. Alerts open theirs all the same.",
    )
    position = models.PositiveSmallIntegerField(default=0)

    objects = CustomFieldQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        permissions = [
            ("Template_Maintenance", "May change custom fields and templates of incidents")
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: object, **kwargs: object) -> None:
        """A new one takes its key from its name."""
        self.key = self.key or self._free_key()
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    def _free_key(self) -> str:
        base = slugify(self.name).replace("-", "_")[:90] or "field"
        taken = set(CustomField.objects.values_list("key", flat=True))
        numbered = (f"{base}_{number}" for number in range(2, len(taken) + 3))
        return next(key for key in [base, *numbered] if key not in taken)
