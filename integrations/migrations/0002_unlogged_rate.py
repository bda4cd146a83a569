from django.db import migrations


class Migration(migrations.Migration):
    """The rate windows are written for each message and may be forgotten: no WAL, no fsync."""

    dependencies = [("integrations", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE integrations_ratewindow SET UNLOGGED",
            "ALTER TABLE integrations_ratewindow SET LOGGED",
        )
    ]
