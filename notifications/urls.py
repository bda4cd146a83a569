"""One's own page, and the page behind the links of messages."""

from django.urls import path

from notifications.views import action, me, methods, notices

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
    path(
        "services/<int:pk>/notifications/",
        notices.set_service_notification_settings,
        name="service_notification_settings",
    ),
    path("a/<str:token>/", action.action, name="action"),
]
