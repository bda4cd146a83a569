from django.db import migrations, models

# An intent ended in the address: a contact method with its delay in minutes or "instead", a
# shared channel, or a user. Those of tests and of codes had none.
SPLIT = r"""
    UPDATE notifications_notification SET
        page_key = regexp_replace(intent, ':(m\d+(:\w+)?|s\d+|u\d+)$', ''),
        address_key = replace(
            regexp_replace(
                regexp_replace(
                    regexp_replace(
                        coalesce(substring(intent FROM ':((m\d+(:\w+)?|s\d+|u\d+))$'), ''),
                        '^m', 'method:'),
                    '^s', 'channel:'),
                '^u', 'user:'),
            'instead', 'fallback')
"""


class Migration(migrations.Migration):
    """A notification is known by two columns, of which nothing is ever taken apart."""

    dependencies = [("notifications", "0001_initial")]

    operations = [
        migrations.AddField(
            "notification", "page_key", models.CharField(default="", max_length=80), False
        ),
        migrations.AddField(
            "notification", "address_key", models.CharField(default="", max_length=40), False
        ),
        migrations.RunSQL(SPLIT, migrations.RunSQL.noop),
        migrations.RemoveField("notification", "intent"),
        migrations.AddConstraint(
            "notification",
            models.UniqueConstraint(
                fields=("page_key", "address_key"), name="one_notification_for_page_and_address"
            ),
        ),
    ]
