"""The addresses of status pages within the portal."""

from django.urls import path

from notifications.status_pages.pages import reports, views

urlpatterns = [
    path("status-pages/", views.page_list, name="status_pages"),
    path("status-pages/<int:pk>/", views.page_detail, name="status_page"),
    path("status-pages/<int:pk>/preview/", views.preview, name="status_page_preview"),
    path("status-pages/<int:pk>/switch/", views.switch, name="status_page_switch"),
    path("status-pages/<int:pk>/publish/", reports.new_report, name="status_report_new"),
    path("status-reports/<int:pk>/", reports.report, name="status_report"),
    path("status-reports/<int:pk>/change/", reports.change, name="status_report_change"),
    path("status-reports/<int:pk>/withdraw/", reports.withdraw, name="status_report_withdraw"),
]
