from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("escalation", "0002_run_plan")]

    operations = [
        migrations.AddField(
            model_name="run",
            name="leased_until",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
    ]
