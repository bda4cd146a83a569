from django.contrib.auth.management import create_permissions
from django.db import migrations, models

# Roles with the permission on the left get those on the right.
GIVEN = {
    "view_sharedchannel": ("view_statuspage",),
    "change_sharedchannel": ("StatusPages_Maintenance", "StatusPages_Publish"),
    "Messages_Send_GlobalAccess": ("StatusPages_Publish",),
}


def give(apps, schema_editor):
    config = apps.get_app_config("notifications")
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = None
    permissions = apps.get_model("auth", "Permission").objects
    groups = apps.get_model("auth", "Group").objects
    for codename, given in GIVEN.items():
        added = list(permissions.filter(content_type__app_label="notifications", codename__in=given))
        for group in groups.filter(permissions__codename=codename).distinct():
            group.permissions.add(*added)


class Migration(migrations.Migration):

    dependencies = [
        ('integrations', '0015_roles'),
        ('notifications', '0004_status_pages'),
    ]

    operations = [
        migrations.AddField(
            model_name='maintenancewindow',
            name='public_text',
            field=models.TextField(blank=True, db_default='', default='', max_length=5000, verbose_name='public text'),
        ),
        migrations.AddField(
            model_name='maintenancewindow',
            name='public_title',
            field=models.CharField(blank=True, db_default='', default='', max_length=200, verbose_name='public title'),
        ),
        migrations.AddField(
            model_name='maintenancewindow',
            name='status_pages',
            field=models.ManyToManyField(blank=True, related_name='windows', to='notifications.statuspage', verbose_name='show on status pages'),
        ),
        migrations.RunPython(give, migrations.RunPython.noop),
    ]
