"""Every address of the portal."""

from django.contrib import admin
from django.urls import include, path

from opsportal import views
from opsportal.health import healthz

urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", healthz, name="healthz"),
    path("", include("integrations.ingress_urls")),
    path("", include("opsportal.api_urls")),
    path("", include("incidents.urls")),
    path("", include("incidents.account_urls")),
    path("", include("notifications.urls")),
    path("", include("escalation.urls")),
    path("", include("integrations.urls")),
    path("admin/", admin.site.urls),
]
