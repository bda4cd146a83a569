from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("integrations", "0008_message_of_mail")]

    operations = [
        migrations.AddField(
            model_name="integration",
            name="chat_app_id",
            field=models.CharField(blank=True, default="", max_length=64),
            preserve_default=False,
        ),
    ]
