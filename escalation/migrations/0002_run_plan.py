from django.db import migrations, models

STOPS_WHEN = [
    ("acknowledge", "somebody acknowledges or is assigned"),
    ("assign", "somebody is assigned (acknowledging alone does not stop it)"),
]


class Migration(migrations.Migration):
    """What queries ask of a plan becomes columns of its run."""

    dependencies = [("escalation", "0001_initial")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameField("run", "plan", "plan_json"),
                migrations.AlterField(
                    "run", "plan_json", models.JSONField(db_column="plan", default=dict)
                ),
            ]
        ),
        migrations.AddField(
            "run",
            "stops_when",
            models.CharField(choices=STOPS_WHEN, default="acknowledge", max_length=11),
        ),
        migrations.AddField(
            "run",
            "acknowledgement_expires_minutes",
            models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            "run", "last_page_key", models.CharField(blank=True, max_length=80, default=""), False
        ),
    ]
