from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("escalation", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="run",
            name="leased_until",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
    ]
