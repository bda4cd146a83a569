"""The reference of the API; behind the login where a setting says so."""

from typing import Any, NoReturn

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.permissions import AllowAny, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView


class Reference(APIView):
    """Open to all, or with API_DOCS_REQUIRE_LOGIN to sessions and to API keys of any scope."""

    def get_permissions(self) -> list[BasePermission]:
        return [IsAuthenticated() if settings.API_DOCS_REQUIRE_LOGIN else AllowAny()]


class SchemaView(Reference, SpectacularAPIView):
    """The OpenAPI document."""


class DocsView(Reference, SpectacularSwaggerSplitView):
    """The page to read and to try it. Who is not logged in is led to the login."""

    def permission_denied(self, request: Request, *args: Any, **kwargs: Any) -> NoReturn:
        raise NeedsLogin

    def handle_exception(self, exc: Exception) -> Any:
        if isinstance(exc, NeedsLogin):
            return redirect_to_login(self.request.get_full_path())
        return super().handle_exception(exc)


class NeedsLogin(Exception):
    """Nobody is logged in."""
