"""The stock workflows, switched off: whoever wants one attaches it and switches it on."""

from django.db import migrations

TELL = "{status}: #{number} {title}"
STOCK = [
    ("Notify All Recipients On Status Change", "status", 0, [], {"to_recipients": True}),
    (
        "Notify All Recipients When No Acknowledgement After 5 Mins Of Notifications",
        "unanswered",
        5,
        [("status", "is", "open")],
        {"to_recipients": True},
    ),
    (
        "Notify All Recipients When No Assignment After 5 Mins Of Notifications",
        "unanswered",
        5,
        [("owner", "is", "")],
        {"to_recipients": True},
    ),
    (
        "Notify Manager 1 Hr Before SLA If Not Resolved",
        "before_sla",
        60,
        [("status", "is_not", "resolved")],
        {"to_managers": True},
    ),
    (
        "Notify Owner 1 Hr Before SLA If Not Resolved",
        "before_sla",
        60,
        [("status", "is_not", "resolved")],
        {"to_owner": True},
    ),
    ("Notify Sender On Status Change", "status", 0, [], {"to_sender": True}),
]


def add_stock(apps, schema_editor):
    workflow = apps.get_model("escalation", "Workflow")
    for name, trigger, minutes, conditions, whom in STOCK:
        row, is_new = workflow.objects.get_or_create(
            name=name, defaults={"trigger": trigger, "minutes": minutes}
        )
        if not is_new:
            continue
        for field, operator, value in conditions:
            row.conditions.create(field=field, operator=operator, value=value)
        text = "{title} is {status}. Severity {severity}, owner {owner}."
        row.actions.create(kind="notify", subject=TELL, text=text, **whom)


class Migration(migrations.Migration):
    dependencies = [("escalation", "0004_on_call_relations")]

    operations = [migrations.RunPython(add_stock, migrations.RunPython.noop)]
