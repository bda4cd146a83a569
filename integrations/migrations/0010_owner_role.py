from django.contrib.auth.management import create_permissions
from django.db import migrations


def give_ownership_to_owners_only(apps, schema_editor):
    """The role Owner holds the entitlement, and nobody else by whatever way."""
    config = apps.get_app_config("incidents")
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = None
    ownership = apps.get_model("auth", "Permission").objects.get(
        content_type__app_label="incidents", codename="Ownership_Global_Access"
    )
    ownership.group_set.clear()
    ownership.user_set.clear()
    owner, _ = apps.get_model("auth", "Group").objects.get_or_create(name="Owner")
    owner.permissions.add(ownership)


class Migration(migrations.Migration):

    dependencies = [
        ('integrations', '0009_query_text'),
        ('incidents', '0009_ownership'),
    ]

    operations = [
        migrations.RunPython(give_ownership_to_owners_only, migrations.RunPython.noop),
    ]
