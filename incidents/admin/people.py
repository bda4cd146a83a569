"""People and their roles."""

import zoneinfo
from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Model, Q, QuerySet
from django.forms import BooleanField, ModelMultipleChoiceField
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelect2Widget,
    UnfoldAdminTextareaWidget,
    UnfoldBooleanWidget,
)

from incidents import invitations
from incidents.actions import api_keys, people
from incidents.actions.people import invited_as
from incidents.admin.base import EntitledAdmin, TellsUsage, user_of
from incidents.admin.usage import Link, tell
from incidents.models import Team, User
from incidents.models.people import CHANGE_PEOPLE, MAINTAIN_ATTRIBUTES, OWNERSHIP
from incidents.row_fields import AttributesField

OURS = ("incidents", "notifications", "escalation", "integrations")
FIELDS = ("name", "email", "time_zone", "language", "phone", "attributes", "password")
ACCESS = ("is_active", "is_staff", "is_superuser")
ROLES_HELP = "What this person may do in the portal. Several roles add up."


class PersonForm(UserChangeForm):
    attributes = AttributesField(widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}))

    class Meta(UserChangeForm.Meta):
        model = User

    def clean(self) -> dict[str, Any]:
        """Refuses what would leave no Owner; the admin saves in the same transaction."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        access = {name: cleaned[name] for name in ACCESS if name in cleaned}
        refusal = people.would_leave_no_owner(self.instance, cleaned.get("groups"), access)
        if refusal:
            raise ValidationError(refusal)
        return cleaned


class NewPersonForm(UserCreationForm):
    class Meta(UserCreationForm.Meta):
        model = User
        fields = ["email"]
        field_classes: dict = {}


class SetPasswordForm(AdminPasswordChangeForm):
    """A password that is set for somebody, with which their API keys may end as well."""

    revoke_keys = BooleanField(
        required=False,
        label="Revoke the API keys as well",
        help_text="For when somebody else may have had them. Scripts that use them stop working.",
        widget=UnfoldBooleanWidget,
    )

    @transaction.atomic
    def save(self, commit: bool = True) -> User:
        person: User = super().save(commit)
        if self.cleaned_data["revoke_keys"]:
            api_keys.revoke_keys_of(person)
        return person


class NamedPermissions(ModelMultipleChoiceField):
    """Permissions by what they allow, and not by their table."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} ({obj.codename})"


@admin.register(User)
class UserAdmin(TellsUsage, EntitledAdmin, DjangoUserAdmin):  # type: ignore[misc]
    """Everybody sees colleagues; only who administers security changes them."""

    entitlement = CHANGE_PEOPLE
    view_entitlement = "incidents.view_user"
    form = PersonForm
    add_form = NewPersonForm
    change_password_form = SetPasswordForm
    change_user_password_template = "incidents/admin_set_password.html"  # noqa: S105 - a file
    change_form_outer_before_template = "incidents/admin_person_links.html"
    inlines: list = []  # type: ignore[misc]
    list_display = ["person", "roles", "in_teams", "time_zone", "is_active", "last_login"]
    list_filter = ["is_active", "groups", "teams"]
    ordering = ["name", "email"]
    readonly_fields = ["last_login", "joined_at"]
    search_fields = ["name", "email", "attributes"]
    filter_horizontal = []
    fieldsets = [
        (None, {"fields": FIELDS}),
        ("Access", {"fields": ["groups", "is_active", "is_staff", "is_superuser"]}),
        ("Dates", {"fields": ["last_login", "joined_at"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["email", "name", "time_zone", "language", "phone", "groups"]}),
        (
            "Password",
            {
                "fields": ["usable_password", "password1", "password2"],
                "description": "Or disable it, and send an invitation from the saved page.",
            },
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("groups", "teams")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        sets = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return sets
        # Not even the beginning of a hash is anybody else's.
        return [
            (title, {**options, "fields": _without_password(options)}) for title, options in sets
        ]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"groups": invited_as(), **super().get_changeform_initial_data(request)}

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return super().get_inlines(request, obj) if obj else []

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
        kept = [] if request.user.is_superuser else ["is_superuser"]
        if not request.user.has_perm(MAINTAIN_ATTRIBUTES):
            kept.append("attributes")
        return [*fields, *kept]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is not None and not user_of(request).outranks(obj):
            return False
        return super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and self.has_change_permission(
            request, obj
        )

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """The last Owner is protected, with the sentence that says why."""
        rows, counts, needed, protected = super().get_deleted_objects(objs, request)
        going = [one.pk for one in objs]
        owners = User.objects.owners()
        if owners.filter(pk__in=going).exists() and not owners.exclude(pk__in=going).exists():
            protected = [str(people.LastOwner()), *protected]
        return rows, counts, needed, protected

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        with transaction.atomic(), people.keep_owner():
            super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        with transaction.atomic(), people.keep_owner():
            super().delete_queryset(request, queryset)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "time_zone":
            zones = sorted(zoneinfo.available_timezones())
            kwargs["widget"] = UnfoldAdminSelect2Widget(choices=[(z, z) for z in zones])
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "groups":
            kwargs["widget"] = UnfoldAdminCheckboxSelectMultipleWidget()
            kwargs["help_text"] = ROLES_HELP
            kwargs["queryset"] = Group.objects.filter(pk__in=_roles_to_give(user_of(request)))
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def get_urls(self) -> list[URLPattern]:
        invite = self.admin_site.admin_view(self.invite)
        return [path("<int:pk>/invite/", invite, name="incidents_user_invite"), *super().get_urls()]

    def invite(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A page that asks, and a POST that makes the link and mails it."""
        person = get_object_or_404(User, pk=pk)
        if not self.has_change_permission(request, person):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": f"Invite {person}",
            "opts": self.opts,
            "person": person,
            "back": reverse("admin:incidents_user_change", args=[pk]),
        }
        if request.method != "POST":
            return render(request, "incidents/admin_invite.html", context)
        if not person.is_active:
            return HttpResponseRedirect(context["back"])
        context["link"] = invitations.link_for(person)
        context["problem"] = invitations.send(person, context["link"], by=user_of(request))
        answer = render(request, "incidents/admin_invite.html", context)
        answer["Cache-Control"] = "no-store"
        return answer

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """For who may change the person: lines of the history name addresses."""
        person = self.get_object(request, object_id)
        if person is not None and not self.has_change_permission(request, person):
            raise PermissionDenied
        return super().history_view(request, object_id, extra_context)

    @display(description="Person", header=True, ordering="name")
    def person(self, user: Any) -> tuple[str, str, str]:
        words = str(user).split()
        return str(user), user.email, "".join(word[0] for word in words[:2]).upper()

    @admin.display(description="Roles")
    def roles(self, user: Any) -> str:
        names = [group.name for group in user.groups.all()]
        return ", ".join(["Superuser", *names] if user.is_superuser else names) or "none"

    @admin.display(description="Teams")
    def in_teams(self, user: Any) -> str:
        return ", ".join(team.name for team in user.teams.all()) or "none"


def _roles_to_give(user: User) -> list[int]:
    """The ids of the roles that may nothing that the person may not."""
    return [role.pk for role in Group.objects.all() if user.may_grant([role])]


def _without_password(options: dict[str, Any]) -> list[str]:
    return [name for name in options["fields"] if name != "password"]


@tell(User)
def teams_of(person: User, user: User) -> Iterator[Link]:
    for team in Team.objects.visible_to(user).filter(members=person):
        yield f"Team {team}", team.get_absolute_url()


admin.site.unregister(Group)


@admin.register(Group)
class RoleAdmin(EntitledAdmin, DjangoGroupAdmin):  # type: ignore[misc]
    """The roles, and what each may do: changed by Owners. Their own role is what it is."""

    entitlement = OWNERSHIP
    view_entitlement = CHANGE_PEOPLE
    list_display = ["name", "people"]
    filter_horizontal = []

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and not _is_of_owners(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and not _is_of_owners(obj)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:  # type: ignore[override]
        if db_field.name == "permissions":
            ours = Permission.objects.filter(content_type__app_label__in=OURS)
            ours = ours.exclude(codename=OWNERSHIP.partition(".")[2])
            named = ours.annotate(is_named=Q(name__startswith="May "))
            kwargs["queryset"] = named.order_by("-is_named", "content_type__model", "name")
            kwargs["widget"] = UnfoldAdminCheckboxSelectMultipleWidget()
            kwargs["help_text"] = "Each says what it allows; its name in the API is in brackets."
            kwargs["form_class"] = NamedPermissions
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    @admin.display(description="People")
    def people(self, role: Any) -> int:
        return role.user_set.count()


def _is_of_owners(role: Model | None) -> bool:
    codename = OWNERSHIP.partition(".")[2]
    return isinstance(role, Group) and role.permissions.filter(codename=codename).exists()
