"""Every address of the portal."""

from django.contrib import admin
from django.urls import include, path

from opsportal.audit import history
from opsportal.web import home, service_worker, session_end, settings_page

handler500 = "opsportal.web.server_error.server_error"
urlpatterns = [
    path("", home.home, name="home"),
    path("settings/", settings_page.settings_page, name="settings"),
    path("pulse", session_end.pulse, name="pulse"),
    path("sw.js", service_worker.service_worker),
    path("history/<str:label>/<int:pk>/", history.history, name="history"),
    path("interrupted/", session_end.interrupted_post, name="interrupted_post"),
    path("", include("opsportal.machine_urls")),
    path("", include("opsportal.status_urls")),
    path("", include("opsportal.api.urls")),
    path("", include("incidents.urls")),
    path("", include("opsportal.accounts.urls")),
    path("", include("notifications.urls")),
    path("", include("escalation.urls")),
    path("", include("integrations.pages.urls")),
    path("admin/", admin.site.urls),
]
