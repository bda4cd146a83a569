"""Pages and buttons that move the paging."""

from django.urls import path

from escalation import views

urlpatterns = [
    path("incidents/new/", views.new_incident, name="incident_new"),
    path("incidents/<int:pk>/escalate/", views.escalate, name="incident_escalate"),
    path("incidents/<int:pk>/start-again/", views.start_again, name="incident_start_again"),
    path("incidents/<int:pk>/page/", views.page_person, name="incident_page_person"),
    path("incidents/<int:pk>/reopen/", views.reopen, name="incident_reopen"),
    path("services/<int:pk>/policy/", views.set_service_policy, name="service_policy"),
]
