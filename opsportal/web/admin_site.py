"""The site of the admin, whose frame all pages have."""

from functools import cached_property, partial
from typing import Any

from django.contrib import admin
from django.contrib.admin import sites
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.module_loading import import_string
from unfold.apps import DefaultAppConfig
from unfold.settings import get_config
from unfold.sites import UnfoldAdminSite

from opsportal.web.theme import UNFOLD

CHECKED_AGAINST = "django-unfold==0.91.0"


class PortalAdminSite(UnfoldAdminSite):
    """Unfold's site. Its frame has a menu of its own, and asks for no list of all models."""

    @cached_property
    def _config(self) -> dict[str, Any]:
        return get_config(self.settings_name)

    def _get_config(self, key: str, *args: Any) -> Any:
        """A part of the settings, which unfold would merge with its defaults for each of them."""
        value = self._config.get(key)
        return self._get_value(value, *args) if value else None

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> Any:
        """Worked out where it is looked at: a hundred addresses and permissions, for each page."""
        return SimpleLazyObject(partial(super().get_app_list, request, app_label))

    def get_sidebar_list(self, request: HttpRequest) -> list[dict[str, Any]]:
        """The groups as `navigation.sidebar` gives them, which are those that are shown: unfold
        would look anew whether each is, and where it leads."""
        groups: list[dict[str, Any]] = import_string(UNFOLD["SIDEBAR"]["navigation"])(request)
        return groups


class UnfoldConfig(DefaultAppConfig):
    """Unfold, with this site."""

    def ready(self) -> None:
        admin.site = sites.site = PortalAdminSite()
