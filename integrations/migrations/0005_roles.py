"""What the roles may do with what has come since the roles were made."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

VIEW = ["view_bridge", "view_change", "view_heartbeat", "view_maintenancewindow"]
ADMINISTER = [
    *VIEW,
    "Bridge_Maintenance",
    *(
        f"{verb}_{model}"
        for verb in ("add", "change", "delete", "view")
        for model in ("bridge", "mailaccount", "maintenancewindow", "chatidentity")
    ),
]
EVERYTHING = None
ROLES = {
    "Owner": EVERYTHING,
    "App Admin": EVERYTHING,
    "Integrations Admin": ADMINISTER,
    "Group Admin": VIEW,
    "Responder": VIEW,
    "Stakeholder": VIEW,
}
OURS = ("incidents", "notifications", "escalation", "integrations")


def grant(apps, schema_editor):
    for label in OURS:
        config = apps.get_app_config(label)
        config.models_module = True
        create_permissions(config, apps=apps, verbosity=0)
        config.models_module = None
    permissions = apps.get_model("auth", "Permission").objects.filter(
        content_type__app_label__in=OURS
    )
    for group in apps.get_model("auth", "Group").objects.filter(name__in=ROLES):
        codenames = ROLES[group.name]
        chosen = permissions if codenames is None else permissions.filter(codename__in=codenames)
        group.permissions.add(*chosen)


class Migration(migrations.Migration):
    dependencies = [("integrations", "0004_ways_in"), ("escalation", "0003_held")]

    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
