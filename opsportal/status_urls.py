"""The addresses of public status pages on the portal's own host."""

from django.urls import include, path

urlpatterns = [path("status/<slug:slug>/", include("notifications.status_pages.public_urls"))]
