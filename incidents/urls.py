"""Pages of incidents and services."""

from django.urls import path

from incidents.views import alert_list, changes, incident, incident_list, services

urlpatterns = [
    path("incidents/", incident_list.incident_list, name="incidents"),
    path("incidents/export/", incident_list.export_incidents, name="incidents_export"),
    path("incidents/bulk/", incident_list.act_on_several, name="incidents_bulk"),
    path("incidents/<int:pk>/", incident.incident, name="incident"),
    path("incidents/<int:pk>/acknowledge/", incident.acknowledge, name="incident_acknowledge"),
    path("incidents/<int:pk>/resolve/", incident.resolve, name="incident_resolve"),
    path("incidents/<int:pk>/snooze/", incident.snooze, name="incident_snooze"),
    path("incidents/<int:pk>/assign/", incident.assign, name="incident_assign"),
    path("incidents/<int:pk>/comment/", incident.comment, name="incident_comment"),
    path("incidents/<int:pk>/watch/", incident.watch, name="incident_watch"),
    path("incidents/<int:pk>/unwatch/", incident.unwatch, name="incident_unwatch"),
    path("incidents/<int:pk>/watchers/", incident.add_watcher, name="incident_add_watcher"),
    path("alerts/", alert_list.alert_list, name="alerts"),
    path("changes/", changes.change_list, name="changes"),
    path("services/", services.service_list, name="services"),
    path("services/new/", services.new_service, name="service_new"),
    path("services/<int:pk>/", services.service, name="service"),
    path("services/<int:pk>/change/", services.change_service, name="service_change"),
]
