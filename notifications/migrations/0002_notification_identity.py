from django.db import migrations, models


class Migration(migrations.Migration):
    """A notification is known by two columns, of which nothing is ever taken apart."""

    dependencies = [("notifications", "0001_initial")]

    operations = [
        migrations.RemoveField("notification", "intent"),
        migrations.AddField(
            "notification", "page_key", models.CharField(default="", max_length=80), False
        ),
        migrations.AddField(
            "notification", "address_key", models.CharField(default="", max_length=40), False
        ),
        migrations.RunSQL("UPDATE notifications_notification SET page_key = 'before:' || id", ""),
        migrations.AddConstraint(
            "notification",
            models.UniqueConstraint(
                fields=("page_key", "address_key"), name="one_notification_for_page_and_address"
            ),
        ),
    ]
