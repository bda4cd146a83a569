"""Every address that machines ask without a log-in; threads of their own answer them."""

from django.urls import include, path

from opsportal.runtime.health import healthz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("", include("integrations.endpoints.urls")),
]
