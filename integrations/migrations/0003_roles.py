"""The roles of the portal, as groups. What each may do can be changed in the admin afterwards."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

VIEW = [
    "view_user",
    "view_team",
    "view_membership",
    "view_service",
    "view_incident",
    "view_alert",
    "view_timelineentry",
    "view_policy",
    "view_step",
    "view_target",
    "view_play",
    "view_tier",
    "view_notification",
    "view_sharedchannel",
    "view_catchall",
    "view_integration",
    "view_inboundmessage",
    "Message_Rule_View",
]
OWN = [
    f"{verb}_{model}"
    for verb in ("add", "change", "delete", "view")
    for model in ("contactmethod", "rule", "apikey")
]
INTEGRATIONS = [
    "InboundIntegrations_GlobalAccess",
    "add_integration",
    "change_integration",
    "delete_integration",
    "add_service",
    "change_service",
    "add_sharedchannel",
    "change_sharedchannel",
    "Messages_Send_GlobalAccess",
    "Groups_View_GlobalAccess",
]
TEAM = [
    "Groups_Update_GroupAccess",
    "change_team",
    "add_membership",
    "change_membership",
    "delete_membership",
]
EVERYTHING = None
ROLES = {
    "Owner": EVERYTHING,
    "App Admin": EVERYTHING,
    "Integrations Admin": [*VIEW, *OWN, *INTEGRATIONS, "respond"],
    "Group Admin": [*VIEW, *OWN, *TEAM, "respond", "Messages_Send_GlobalAccess"],
    "Responder": [*VIEW, *OWN, "respond"],
    "Stakeholder": [*VIEW, *OWN],
}
OURS = ("incidents", "notifications", "escalation", "integrations")


def make(apps, schema_editor):
    for label in OURS:
        config = apps.get_app_config(label)
        config.models_module = True
        create_permissions(config, apps=apps, verbosity=0)
        config.models_module = None
    permissions = apps.get_model("auth", "Permission").objects.filter(
        content_type__app_label__in=OURS
    )
    for name, codenames in ROLES.items():
        group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=name)
        chosen = permissions if codenames is None else permissions.filter(codename__in=codenames)
        group.permissions.set(chosen)


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("incidents", "0002_numbers"),
        ("notifications", "0002_catch_all"),
        ("escalation", "0002_initial"),
        ("integrations", "0002_unlogged_rate"),
    ]

    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
