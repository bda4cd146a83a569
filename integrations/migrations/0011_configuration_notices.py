from django.db import migrations

# Of what the engine keeps from message to message (integrations/engine/pipeline.py, MessageParser).
TABLES = [
    "auth_group",
    "auth_group_permissions",
    "escalation_play",
    "escalation_policy",
    "escalation_servicepolicy",
    "escalation_step",
    "escalation_target",
    "escalation_tier",
    "escalation_tier_teams",
    "escalation_tier_users",
    "incidents_conferencebridge",
    "incidents_service",
    "incidents_team",
    "incidents_user",
    "incidents_user_groups",
    "incidents_user_user_permissions",
    "integrations_integration",
    "integrations_integration_teams",
    "integrations_integration_users",
    "integrations_maintenancewindow",
    "integrations_maintenancewindow_integrations",
    "integrations_maintenancewindow_services",
]
FUNCTION = """
    CREATE FUNCTION integrations_notify_configuration() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_notify('opsportal_configuration', '');
        RETURN NULL;
    END $$;
"""
TRIGGER = """
    CREATE TRIGGER integrations_notify_configuration
    AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION integrations_notify_configuration();
"""
DROP = "DROP TRIGGER integrations_notify_configuration ON {table};"


class Migration(migrations.Migration):

    dependencies = [
        ('integrations', '0010_owner_role'),
        ('escalation', '0001_initial'),
        ('incidents', '0010_login_attempts'),
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.RunSQL(
            FUNCTION + "".join(TRIGGER.format(table=table) for table in TABLES),
            "".join(DROP.format(table=table) for table in TABLES)
            + "DROP FUNCTION integrations_notify_configuration;",
        ),
    ]
