from django.db import migrations


def make(apps, schema_editor):
    apps.get_model("notifications", "CatchAll").objects.get_or_create(pk=1)


class Migration(migrations.Migration):
    """The one row that says whom to tell when everything else reached nobody."""

    dependencies = [("notifications", "0001_initial")]

    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
