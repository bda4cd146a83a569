"""Pages of integrations and of the Inbound Log."""

from django.urls import path

from integrations.views import changing, creating, gallery, listing, log, message, saved

urlpatterns = [
    path("integrations/", listing.integration_list, name="integrations"),
    path("integrations/add/", gallery.gallery, name="gallery"),
    path("integrations/add/<slug:template>/", creating.new_integration, name="integration_new"),
    path("integrations/logo/<slug:slug>.svg", gallery.logo, name="template_logo"),
    path("integrations/<int:pk>/", saved.integration, name="integration"),
    path("integrations/<int:pk>/basics/", changing.change_basics, name="integration_basics"),
    path("integrations/<int:pk>/rules/", changing.change_rules, name="integration_rules"),
    path("integrations/<int:pk>/fields/", changing.change_field_mapping, name="integration_fields"),
    path("integrations/<int:pk>/signature/", changing.change_signature, name="integration_sign"),
    path("integrations/<int:pk>/rate/", changing.change_rate, name="integration_rate"),
    path("integrations/<int:pk>/test/", changing.test, name="integration_test"),
    path("integrations/<int:pk>/switch/", listing.switch, name="integration_switch"),
    path("integrations/<int:pk>/clone/", changing.clone, name="integration_clone"),
    path("integrations/<int:pk>/rotate/", changing.rotate, name="integration_rotate"),
    path("integrations/<int:pk>/delete/", changing.delete, name="integration_delete"),
    path("inbound-log/", log.message_list, name="messages"),
    path("inbound-log/<int:pk>/", message.message, name="message"),
    path("inbound-log/<int:pk>/replay/", message.replay, name="message_replay"),
]
