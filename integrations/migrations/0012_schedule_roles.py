from django.contrib.auth.management import create_permissions
from django.db import migrations

MODELS = ("schedule", "override", "absence", "holiday")


def let_see_schedules(apps, schema_editor):
    """Whoever sees policies sees schedules; roles that may do everything may change them."""
    config = apps.get_app_config("escalation")
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = None
    permissions = apps.get_model("auth", "Permission").objects.filter(
        content_type__app_label="escalation", content_type__model__in=MODELS
    )
    groups = apps.get_model("auth", "Group").objects
    for group in groups.filter(permissions__codename="view_policy").distinct():
        group.permissions.add(*permissions.filter(codename__startswith="view_"))
    for group in groups.filter(permissions__codename="Message_Rule_Update").distinct():
        group.permissions.add(*permissions)


class Migration(migrations.Migration):

    dependencies = [
        ('integrations', '0011_configuration_notices'),
        ('escalation', '0002_schedules'),
    ]

    operations = [
        migrations.RunPython(let_see_schedules, migrations.RunPython.noop),
    ]
