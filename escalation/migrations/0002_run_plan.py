from django.db import migrations, models

STOPS_WHEN = [
    ("acknowledge", "somebody acknowledges or is assigned"),
    ("assign", "somebody is assigned (acknowledging alone does not stop it)"),
]
# The latest page of each run that went out of the portal.
LAST_PAGE = r"""
    UPDATE escalation_run AS run SET last_page_key = told.page_key
    FROM (
        SELECT DISTINCT ON (split_part(page_key, ':', 2))
            split_part(page_key, ':', 2)::bigint AS id, page_key
        FROM notifications_notification
        WHERE page_key ~ '^run:\d+:' AND channel <> 'inapp'
        ORDER BY split_part(page_key, ':', 2), notifications_notification.id DESC
    ) AS told
    WHERE run.id = told.id
"""


def give_plans_a_version(apps, schema_editor):
    rows = apps.get_model("escalation", "Run").objects.only("pk", "plan_json")
    for run in rows.iterator():
        plan = run.plan_json
        run.stops_when = plan.get("stops_when", "acknowledge")
        run.acknowledgement_expires_minutes = plan.get("expires")
        run.plan_json = {
            "version": 1,
            "name": plan.get("name", ""),
            "steps": [step_of(step) for step in plan.get("steps", [])],
            "repeats": plan.get("repeats", 0),
            "pause_s": plan.get("pause", 0),
            "stops_when": run.stops_when,
            "acknowledgement_expires_minutes": run.acknowledgement_expires_minutes,
            "users": plan.get("users", []),
            "teams": plan.get("teams", []),
        }
        run.save(update_fields=["plan_json", "stops_when", "acknowledgement_expires_minutes"])


def step_of(step):
    return {
        "wait_s": step["wait"],
        "retries": step["retries"],
        "retry_wait_s": step["retry_wait"],
        "channels": step["central"],
        "targets": [{"role": "", **target} for target in step["targets"]],
    }


class Migration(migrations.Migration):
    """A run's plan has a version, and what queries ask of it becomes columns of the run."""

    dependencies = [
        ("escalation", "0001_initial"),
        ("notifications", "0002_notification_identity"),
    ]

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
        migrations.RunPython(give_plans_a_version, migrations.RunPython.noop),
        migrations.RunSQL(LAST_PAGE, migrations.RunSQL.noop),
    ]
