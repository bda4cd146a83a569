from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("integrations", "0006_retention")]

    operations = [
        migrations.AddField(
            model_name="integration",
            name="signature_form",
            field=models.JSONField(blank=True, default=dict),
        ),
    ]
