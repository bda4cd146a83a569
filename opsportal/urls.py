"""Every address of the portal."""

from django.contrib import admin
from django.urls import include, path

from opsportal.web import home, session_end

handler500 = "opsportal.web.server_error.server_error"
urlpatterns = [
    path("", home.home, name="home"),
    path("pulse", session_end.pulse, name="pulse"),
    path("interrupted/", session_end.interrupted_post, name="interrupted_post"),
    path("", include("opsportal.machine_urls")),
    path("", include("opsportal.api.urls")),
    path("", include("incidents.urls")),
    path("", include("opsportal.accounts.urls")),
    path("", include("notifications.urls")),
    path("", include("escalation.urls")),
    path("", include("integrations.pages.urls")),
    path("admin/", admin.site.urls),
]
