"""What a request may do: within the scopes of its key, and by the entitlements of its person.

Which rows it may see is not said here: that is ``visible_to``.
"""

from typing import Any, cast

from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission, IsAuthenticated
from rest_framework.request import Request

from incidents.models import ApiKey, User
from incidents.models.people import CHANGE_PEOPLE

WIDER = {"overrides:write": "schedules:write"}  # a scope that allows what another does


class MayOpenPortal(IsAuthenticated):
    """Somebody is logged in, or comes with a key, and may open the portal."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return super().has_permission(request, view) and bool(request.user.is_staff)


class HasScope(BasePermission):
    """An API key needs the scope of the view: ``<scope>:read`` to look, ``<scope>:write`` to act.

    A view says ``scope``, or ``scopes`` for an action that differs; '' asks for no scope. A view
    that says nothing is closed to keys.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        key = request.auth
        if not isinstance(key, ApiKey):
            return True
        area = getattr(view, "scope", None)
        if area is None:
            raise PermissionDenied("This address takes no API key.")
        usual = f"{area}:{'read' if request.method in SAFE_METHODS else 'write'}" if area else ""
        require_scope(request, getattr(view, "scopes", {}).get(action_of(request, view), usual))
        return True


def check_of_oneself(request: Request, entitlement: str) -> None:
    """Raises PermissionDenied for who may not do this with their own account."""
    if not cast(User, request.user).may_of_oneself(entitlement):
        raise PermissionDenied(f"You need the entitlement {entitlement.partition('.')[2]}.")


class HasEntitlement(BasePermission):
    """Whoever changes something needs the entitlement that the view names for the action.

    ``entitlements`` is by action, '' being for all others that write; None lets everybody. An
    action that is not named is closed.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        entitlements = getattr(view, "entitlements", {})
        action = action_of(request, view)
        if action in entitlements:
            return self._has(request, entitlements[action])
        if request.method in SAFE_METHODS or action == "metadata":
            return True
        if "" not in entitlements:
            raise PermissionDenied("This cannot be done here.")
        return self._has(request, entitlements[""])

    def _has(self, request: Request, entitlement: str | None) -> bool:
        if entitlement is not None and not request.user.has_perm(entitlement):
            raise PermissionDenied(f"You need the entitlement {entitlement.partition('.')[2]}.")
        return True


def action_of(request: Request, view: Any) -> str:
    """What is done: the action of a viewset, else the method in lower case."""
    return getattr(view, "action", None) or str(request.method).lower()


def require_scope(request: Request, scope: str) -> None:
    """Raises PermissionDenied where the request comes with a key that lacks ``scope``."""
    key = request.auth
    if not scope or not isinstance(key, ApiKey):
        return
    if not {scope, WIDER.get(scope, scope)} & set(key.scopes):
        raise PermissionDenied(f"This API key lacks the scope {scope}.")


def refuse_what_a_key_may_not(
    request: Request, person: User | None, fields: dict[str, Any]
) -> None:
    """Raises PermissionDenied where a key would become a session by what it writes of a person.

    A password, the login of somebody who has one (whoever reads its mail resets the password),
    and roles that change people are for who is logged in.
    """
    if not isinstance(request.auth, ApiKey):
        return
    if "password" in fields:
        raise PermissionDenied("password: no API key sets one. Send an invitation in the portal.")
    email = fields.get("email", person.email if person else "").strip().lower()
    if person and person.has_usable_password() and email != person.email.lower():
        raise PermissionDenied("email: no API key changes the login of who can log in.")
    held = person.groups.values_list("pk", flat=True) if person else []
    codename = CHANGE_PEOPLE.partition(".")[2]
    for role in fields.get("groups", ()):
        if role.pk not in held and role.permissions.filter(codename=codename).exists():
            raise PermissionDenied(f"groups: no API key gives the role {role}.")


def may_read_secrets(request: Request) -> bool:
    """A key that only reads must not learn what would let it write elsewhere."""
    return not isinstance(request.auth, ApiKey) or "config:write" in request.auth.scopes


def via_of(request: Request) -> str:
    """How the timeline names the way that a request came."""
    return f"API key {request.auth.name}" if isinstance(request.auth, ApiKey) else "web"
