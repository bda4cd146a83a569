"""What the roles that exist may do with outbound services and tickets."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

MODELS = (
    "outboundservice",
    "outboundmethod",
    "outbounddelivery",
    "outboundexchange",
    "ticket",
)


def give(apps, schema_editor):
    config = apps.get_app_config("notifications")
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = None
    permissions = apps.get_model("auth", "Permission").objects.filter(
        content_type__app_label="notifications", content_type__model__in=MODELS
    )
    groups = apps.get_model("auth", "Group").objects
    # Whoever administers what comes in administers what goes out.
    administer = permissions.filter(codename="OutboundIntegrations_GlobalAccess")
    incoming = "InboundIntegrations_GlobalAccess"
    for group in groups.filter(permissions__codename=incoming).distinct():
        group.permissions.add(*administer)
    for group in groups.filter(permissions__codename="change_catchall").distinct():
        group.permissions.add(*permissions)


class Migration(migrations.Migration):
    dependencies = [
        ("integrations", "0015_roles"),
        ("notifications", "0004_outbound_services"),
    ]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
