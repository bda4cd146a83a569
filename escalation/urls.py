"""Pages and buttons that move the paging."""

from django.urls import path

from escalation import views
from escalation.schedule_pages import changes, editor
from escalation.schedule_pages import views as schedule_views

urlpatterns = [
    path("incidents/new/", views.new_incident, name="incident_new"),
    path("incidents/<int:pk>/escalate/", views.escalate, name="incident_escalate"),
    path("incidents/<int:pk>/start-again/", views.start_again, name="incident_start_again"),
    path("incidents/<int:pk>/page/", views.page_person, name="incident_page_person"),
    path("incidents/<int:pk>/reopen/", views.reopen, name="incident_reopen"),
    path("oncall/", schedule_views.on_call, name="on_call"),
    path("my-shifts/", changes.my_shifts, name="my_shifts"),
    path("absences/<int:pk>/cancel/", changes.cancel_absence, name="absence_cancel"),
    path("overrides/<int:pk>/cancel/", changes.cancel_override, name="override_cancel"),
    path("schedules/", schedule_views.schedule_list, name="schedules"),
    path("schedules/add/", editor.new_schedule, name="schedule_new"),
    path("schedules/<int:pk>/", schedule_views.schedule_detail, name="schedule"),
    path("schedules/<int:pk>/edit/", editor.edit_schedule, name="schedule_edit"),
    path("schedules/<int:pk>/delete/", editor.delete_schedule, name="schedule_delete"),
    path("schedules/<int:pk>/shift/", schedule_views.shift, name="schedule_shift"),
    path("schedules/<int:pk>/override/", changes.add_override, name="schedule_override"),
    path("schedules/<int:pk>/take/", changes.take, name="schedule_take"),
    path("services/<int:pk>/policy/", views.set_service_policy, name="service_policy"),
]
