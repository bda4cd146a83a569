"""Public status pages, their components, and the texts that are kept for them."""

from typing import Self

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from incidents.models import Service, User
from incidents.models.people import validate_time_zone
from notifications.choices import ReportImpact, ReportKind, ReportState

MANAGE = "notifications.StatusPages_Maintenance"
PUBLISH = "notifications.StatusPages_Publish"
VIEW = "notifications.view_statuspage"
DOMAIN = RegexValidator(
    r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$",
    "A host name in lower case, such as status.example.com.",
)


class StatusPageQuerySet(models.QuerySet["StatusPage"]):
    def visible_to(self, user: User) -> Self:
        """Whoever has a role sees all: what is on a page is for everybody anyway."""
        return self if user.has_perm(VIEW) or user.has_perm(MANAGE) else self.none()

    def published(self) -> Self:
        return self.filter(is_published=True)


class StatusPage(models.Model):
    """What the public reads: components, and the reports that a person published."""

    name = models.CharField(
        max_length=100, unique=True, help_text="Visitors read it in the title and in mails."
    )
    slug = models.SlugField(
        "address",
        max_length=60,
        unique=True,
        help_text="The page is at /status/ and this word: letters, digits and hyphens.",
    )
    domain = models.CharField(
        "own domain",
        max_length=253,
        blank=True,
        validators=[DOMAIN],
        help_text="Such as status.example.com. Let it point at this portal, by https.",
    )
    logo_text = models.CharField(
        max_length=40, blank=True, help_text="Stands at the top in place of the name."
    )
    about = models.TextField(
        "introduction", blank=True, max_length=1000, help_text="A sentence under the title."
    )
    support_url = models.URLField(
        "contact address",
        blank=True,
        help_text="Where visitors ask for help. Empty: no link is shown.",
    )
    time_zone = models.CharField(
        max_length=64,
        default="UTC",
        validators=[validate_time_zone],
        help_text="IANA name, such as Europe/Berlin: times and days of the page are those there.",
    )
    takes_mail = models.BooleanField(
        "visitors may subscribe by e-mail",
        default=True,
        help_text="Each address is confirmed by a link that is sent to it.",
    )
    takes_webhooks = models.BooleanField(
        "visitors may subscribe webhooks",
        default=False,
        help_text="The portal then posts to public https addresses that visitors name.",
    )
    is_published = models.BooleanField(
        "published", default=False, editable=False, help_text="Off: only this portal shows it."
    )
    # Of anything that visitors see: what is cached is made anew by it.
    changed_at = models.DateTimeField(default=timezone.now, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = StatusPageQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        default_permissions = ("view",)
        permissions = [
            ("StatusPages_Maintenance", "May add, change and publish status pages"),
            ("StatusPages_Publish", "May publish incidents and maintenance on status pages"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["domain"], condition=~Q(domain=""), name="one_status_page_for_a_domain"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Its page in the portal, and not the public one."""
        return reverse("status_page", args=[self.pk])

    def clean(self) -> None:
        self.domain = self.domain.strip().lower()

    @property
    def title(self) -> str:
        """What stands at its top."""
        return self.logo_text or self.name


class StatusComponent(models.Model):
    """A part of what is offered, under the name by which customers know it."""

    page = models.ForeignKey(StatusPage, models.CASCADE, related_name="components")
    service = models.ForeignKey(
        Service,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="status_components",
        help_text="It is proposed where an incident of this service is published.",
    )
    name = models.CharField("public name", max_length=100)
    description = models.CharField(max_length=200, blank=True)
    group = models.CharField(
        max_length=60, blank=True, help_text="Components of one group stand together."
    )
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["page", "group", "name"], name="component_named_once_in_its_group"
            )
        ]

    def __str__(self) -> str:
        return f"{self.group}: {self.name}" if self.group else self.name


class StatusTemplate(models.Model):
    """A text that is kept for reports and their updates."""

    name = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=11, choices=ReportKind, default=ReportKind.INCIDENT)
    title = models.CharField(
        max_length=200, blank=True, help_text="Of a new report. Empty: for updates only."
    )
    state = models.CharField(max_length=13, choices=ReportState, default=ReportState.INVESTIGATING)
    impact = models.CharField(max_length=11, choices=ReportImpact, default=ReportImpact.MINOR)
    body = models.TextField("text", max_length=5000)

    class Meta:
        ordering = ["name"]
        default_permissions = ()

    def __str__(self) -> str:
        return self.name
