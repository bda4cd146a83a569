"""Pages of integrations and of the Inbound Log."""

from django.urls import path

from integrations.pages import archiving, backtest, opt_outs
from integrations.pages.catalog import detect, gallery
from integrations.pages.chat import views as chat
from integrations.pages.heartbeats import views as heartbeats
from integrations.pages.imports import views as imports
from integrations.pages.inference import views as inference
from integrations.pages.integration import (
    adopt,
    create,
    detail,
    edit,
    forwarding,
    order,
    rotate,
    security,
    send_sample,
    simulate,
)
from integrations.pages.integration import list as listing
from integrations.pages.log import list as log
from integrations.pages.log import message
from integrations.pages.mail import views as mail
from integrations.pages.maintenance import views as maintenance
from integrations.pages.rule_editor import views as rule_editor

urlpatterns = [
    path("integrations/<int:pk>/replays/", security.change_replays, name="integration_replays"),
    path("services/<int:pk>/archive/", archiving.archive_service, name="service_archive"),
    path("integrations/", listing.integration_list, name="integrations"),
    path("integrations/add/", gallery.gallery, name="gallery"),
    path("integrations/add/email/", mail.new_email, name="email_new"),
    path("integrations/add/chat/", chat.new_chat, name="chat_new"),
    path("integrations/add/heartbeat/", heartbeats.new_heartbeat, name="heartbeat_new"),
    path("integrations/heartbeat-preview/", heartbeats.preview, name="heartbeat_preview"),
    path("integrations/<int:pk>/chat/", chat.change_secret, name="integration_chat"),
    path("integrations/<int:pk>/chat/app/", chat.change_app, name="integration_chat_app"),
    path("me/chat/link/<str:token>/", chat.link, name="chat_link"),
    path("me/chat/<int:pk>/remove/", chat.unlink, name="chat_unlink"),
    path("me/opt-outs/", opt_outs.add, name="opt_out_add"),
    path("me/opt-outs/<slug:kind>/<int:pk>/remove/", opt_outs.remove, name="opt_out_remove"),
    path("integrations/<int:pk>/mail/", mail.change_mail, name="integration_mail"),
    path("integrations/<int:pk>/heartbeat/", heartbeats.change, name="heartbeat_change"),
    path("integrations/<int:pk>/heartbeat/action/", heartbeats.act, name="heartbeat_action"),
    path("integrations/add/detect/", detect.detect_tool, name="detect_tool"),
    path("integrations/add/<slug:template>/", create.new_integration, name="integration_new"),
    path("integrations/logo/<slug:slug>.svg", gallery.logo, name="template_logo"),
    path("integrations/<int:pk>/", detail.integration, name="integration"),
    path("integrations/<int:pk>/basics/", edit.change_basics, name="integration_basics"),
    path("integrations/<int:pk>/advanced/", rule_editor.edit_panel, name="integration_advanced"),
    path(
        "integrations/<int:pk>/advanced/preview/",
        rule_editor.preview_panel,
        name="integration_preview",
    ),
    path("integrations/<int:pk>/sequence/", order.change, name="integration_sequence"),
    path("integrations/<int:pk>/rules/", edit.change_rules, name="integration_rules"),
    path("integrations/<int:pk>/fields/", edit.change_field_mapping, name="integration_fields"),
    path("integrations/<int:pk>/signature/", security.change_signature, name="integration_sign"),
    path("integrations/<int:pk>/secret/", security.remove_secret, name="integration_secret"),
    path("integrations/<int:pk>/networks/", security.change_networks, name="integration_networks"),
    path(
        "integrations/<int:pk>/credentials/",
        security.change_credentials,
        name="integration_credentials",
    ),
    path("integrations/<int:pk>/rate/", security.change_rate, name="integration_rate"),
    path("integrations/<int:pk>/forward/", forwarding.change, name="integration_forward"),
    path("integrations/<int:pk>/forward/stop/", forwarding.stop, name="integration_forward_stop"),
    path("integrations/<int:pk>/forwards/", forwarding.report, name="integration_forwards"),
    path("integrations/<int:pk>/simulate/", simulate.simulate, name="integration_simulate"),
    path("integrations/<int:pk>/test/", send_sample.test, name="integration_test"),
    path("integrations/<int:pk>/switch/", listing.switch, name="integration_switch"),
    path("integrations/<int:pk>/clone/", edit.clone, name="integration_clone"),
    path("integrations/<int:pk>/learn/", inference.learn_from_examples, name="integration_learn"),
    path("integrations/<int:pk>/backtest/", backtest.backtest, name="integration_backtest"),
    path("integrations/<int:pk>/adopt/", adopt.adopt, name="integration_adopt"),
    path("integrations/<int:pk>/rotate/", rotate.rotate, name="integration_rotate"),
    path("integrations/<int:pk>/keys/end/", rotate.end, name="integration_key_end"),
    path("integrations/<int:pk>/delete/", edit.delete, name="integration_delete"),
    path("maintenance/", maintenance.window_list, name="maintenance"),
    path("maintenance/add/", maintenance.new_window, name="window_new"),
    path("maintenance/preview/", maintenance.preview, name="window_preview"),
    path("maintenance/start/", maintenance.start_now, name="maintenance_start"),
    path("maintenance/<int:pk>/", maintenance.window, name="window"),
    path("maintenance/<int:pk>/end/", maintenance.end, name="window_end"),
    path("maintenance/<int:pk>/delete/", maintenance.delete, name="window_delete"),
    path("imports/", imports.imports, name="imports"),
    path("imports/<int:pk>/", imports.import_run, name="import_run"),
    path("imports/<int:pk>/choose/", imports.choose, name="import_choose"),
    path("imports/<int:pk>/apply/", imports.apply, name="import_apply"),
    path("imports/<int:pk>/compare/", imports.compare, name="import_compare"),
    path("imports/<int:pk>/invite/", imports.invite, name="import_invite"),
    path("imports/<int:pk>/delete/", imports.delete, name="import_delete"),
    path("imports/<int:pk>/report.json", imports.report_file, name="import_report"),
    path("inbound-log/", log.message_list, name="messages"),
    path("inbound-log/<int:pk>/", message.message, name="message"),
    path("inbound-log/<int:pk>/replay/", message.replay, name="message_replay"),
]
