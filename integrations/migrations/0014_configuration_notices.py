from django.db import migrations

# What the engine keeps (integrations/engine): workflows that are enabled, topics that messages
# name, and plans, which have a step for each entry of a round robin that asks the next one.
TABLES = (
    "escalation_condition",
    "escalation_roundrobinentry",
    "escalation_workflow",
    "escalation_workflow_policies",
    "escalation_workflow_services",
    "incidents_topic",
    "incidents_topic_teams",
    "incidents_topic_users",
)
TRIGGER = """
    CREATE TRIGGER integrations_notify_configuration
    AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION integrations_notify_configuration();
"""
# A turn that is taken changes no plan, and is not notified of.
OF_ROUND_ROBINS = """
    CREATE TRIGGER integrations_notify_configuration
    AFTER UPDATE OF ask_next_after_minutes ON escalation_roundrobin
    FOR EACH STATEMENT EXECUTE FUNCTION integrations_notify_configuration();
"""
DROP = "DROP TRIGGER integrations_notify_configuration ON {table};"


class Migration(migrations.Migration):
    dependencies = [
        ("integrations", "0013_imports"),
        ("escalation", "0004_on_call_relations"),
        ("incidents", "0012_editing_and_sla"),
    ]

    operations = [
        migrations.RunSQL(
            "".join(TRIGGER.format(table=table) for table in TABLES) + OF_ROUND_ROBINS,
            "".join(DROP.format(table=table) for table in (*TABLES, "escalation_roundrobin")),
        )
    ]
