"""Incidents that exist get the targets and due times that were computed from their service."""

from django.db import migrations

TARGETS = """
    UPDATE incidents_incident AS incident SET
        sla_rows = jsonb_build_array(jsonb_build_object(
            'severities', '[]'::jsonb, 'priorities', '[]'::jsonb,
            'acknowledge', service.acknowledge_within_minutes,
            'resolve', service.resolve_within_minutes)),
        acknowledge_target_minutes = service.acknowledge_within_minutes,
        resolve_target_minutes = service.resolve_within_minutes,
        acknowledge_due_at = CASE WHEN suppressed_reason = '' THEN
            coalesce(suppressed_until, opened_at)
            + service.acknowledge_within_minutes * interval '1 minute' END,
        resolve_due_at = CASE WHEN suppressed_reason = '' THEN
            coalesce(suppressed_until, opened_at)
            + service.resolve_within_minutes * interval '1 minute' END,
        sla_state = 'within'
    FROM incidents_service AS service
    WHERE service.id = incident.service_id
    AND coalesce(service.acknowledge_within_minutes, service.resolve_within_minutes) IS NOT NULL
"""
BREACHES = """
    UPDATE incidents_incident AS incident
    SET {target}_breached_at = breach.at, sla_state = 'breached'
    FROM (
        SELECT incident_id, min(at) AS at FROM incidents_timelineentry
        WHERE verb = 'sla_breached' AND facts->>'target' = '{target}' GROUP BY incident_id
    ) AS breach
    WHERE breach.incident_id = incident.id
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0012_editing_and_sla")]

    operations = [
        migrations.RunSQL(TARGETS, migrations.RunSQL.noop),
        *(
            migrations.RunSQL(BREACHES.format(target=target), migrations.RunSQL.noop)
            for target in ("acknowledge", "resolve")
        ),
    ]
