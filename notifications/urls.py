"""One's own page, and the page behind the links of messages."""

from django.urls import include, path

from notifications.views import (
    action,
    callbacks,
    devices,
    me,
    message_templates,
    methods,
    notices,
    outbound,
    outbound_incident,
    settings,
    slack,
    ticket_webhook,
    webhooks,
)

urlpatterns = [
    path("me/", me.me, name="me"),
    path("me/profile/", me.change_profile, name="me_profile"),
    path("me/read/", me.mark_read, name="notifications_read"),
    path("me/rules/", me.add_rule, name="rule_add"),
    path("me/rules/<int:pk>/remove/", me.remove_rule, name="rule_remove"),
    path("me/keys/", me.create_key, name="key_create"),
    path("me/keys/<int:pk>/rotate/", me.rotate_key, name="key_rotate"),
    path("me/keys/<int:pk>/revoke/", me.revoke_key, name="key_revoke"),
    path("me/contact-methods/add/<slug:channel>/", methods.add, name="method_add"),
    path("me/contact-methods/<int:pk>/code/", methods.send_code, name="method_code"),
    path("me/contact-methods/<int:pk>/confirm/", methods.confirm, name="method_confirm"),
    path("me/contact-methods/<int:pk>/test/", methods.test, name="method_test"),
    path("me/contact-methods/<int:pk>/change/", methods.change, name="method_change"),
    path("me/contact-methods/<int:pk>/switch/", methods.switch, name="method_switch"),
    path("me/contact-methods/<int:pk>/remove/", methods.remove, name="method_remove"),
    path("me/devices/", devices.register, name="device_register"),
    path("push/<str:token>/renew/", devices.renew, name="device_renew"),
    path("push/<str:token>/seen/", devices.seen, name="push_seen"),
    path("push/<str:token>/tapped/", devices.tapped, name="push_tapped"),
    path(
        "services/<int:pk>/notifications/",
        notices.set_service_notification_settings,
        name="service_notification_settings",
    ),
    path(
        "callbacks/tickets/<str:token>/",
        ticket_webhook.TicketWebhookView.as_view(),
        name="ticket_webhook",
    ),
    path("callbacks/<str:token>/", callbacks.CallbackView.as_view(), name="callback"),
    path(
        "callbacks/<str:token>/<path:rest>", callbacks.CallbackView.as_view(), name="callback_rest"
    ),
    path("settings/notifications/", settings.channel_list, name="notification_settings"),
    path(
        "settings/notifications/templates/",
        message_templates.template_list,
        name="message_templates",
    ),
    path(
        "settings/notifications/templates/<slug:kind>/<slug:occasion>/<slug:language>/",
        message_templates.template,
        name="message_template",
    ),
    path(
        "settings/notifications/templates/<slug:kind>/<slug:occasion>/<slug:language>/reset/",
        message_templates.reset,
        name="message_template_reset",
    ),
    path(
        "settings/notifications/<slug:channel>/", settings.channel, name="notification_settings_of"
    ),
    path(
        "settings/notifications/<slug:channel>/package/",
        settings.package,
        name="provider_package",
    ),
    path(
        "settings/notifications/<slug:channel>/test/", settings.send_test, name="notification_test"
    ),
    path("settings/integrations/slack/", slack.slack, name="slack"),
    path("settings/integrations/slack/connected/", slack.connected, name="slack_connected"),
    path("settings/integrations/slack/<int:pk>/connect/", slack.connect, name="slack_connect"),
    path("settings/integrations/slack/<int:pk>/test/", slack.check, name="slack_check"),
    path("settings/integrations/slack/<int:pk>/channel/", slack.add_channel, name="slack_channel"),
    path("settings/integrations/webhooks/", webhooks.webhook_list, name="webhooks"),
    path("settings/integrations/webhooks/<int:pk>/", webhooks.webhook, name="webhook"),
    path(
        "settings/integrations/webhooks/<int:pk>/test/", webhooks.test_webhook, name="webhook_test"
    ),
    path(
        "settings/integrations/webhooks/<int:pk>/redeliver/",
        webhooks.redeliver,
        name="webhook_redeliver",
    ),
    path("settings/integrations/outbound/", outbound.service_list, name="outbound_services"),
    path("settings/integrations/tickets/", outbound.ticket_systems, name="ticket_systems"),
    path("settings/integrations/outbound/<int:pk>/", outbound.service, name="outbound_service"),
    path("settings/integrations/outbound/<int:pk>/check/", outbound.check, name="outbound_check"),
    path(
        "settings/integrations/outbound/<int:pk>/redeliver/",
        outbound.redeliver,
        name="outbound_redeliver",
    ),
    path("incidents/<int:pk>/outbound/", outbound_incident.call, name="incident_outbound"),
    path("incidents/<int:pk>/tickets/", outbound_incident.open_ticket, name="incident_ticket"),
    path("", include("notifications.status_pages.urls")),
    path("a/<str:token>/", action.action, name="action"),
]
