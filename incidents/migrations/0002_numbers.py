from django.db import migrations


class Migration(migrations.Migration):
    """Incident numbers have four digits from the first, as people say them on the phone."""

    dependencies = [("incidents", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE incidents_incident ALTER COLUMN id RESTART WITH 1001",
            migrations.RunSQL.noop,
        )
    ]
