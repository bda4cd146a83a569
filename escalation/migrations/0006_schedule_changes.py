"""Whatever changes who is on call is noted: a page, the API, an import, SQL."""

from django.db import migrations

NOTE_CHANGES = """
    CREATE FUNCTION escalation_note_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO escalation_schedulechange (schedule_id) VALUES (NEW.schedule_id);
        RETURN NULL;
    END $$;
    CREATE FUNCTION escalation_note_change_of_itself() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO escalation_schedulechange (schedule_id) VALUES (NEW.id);
        RETURN NULL;
    END $$;
    CREATE FUNCTION escalation_note_change_of_all() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO escalation_schedulechange (schedule_id) VALUES (NULL);
        RETURN NULL;
    END $$;
    CREATE TRIGGER escalation_note_version AFTER INSERT OR UPDATE
    ON escalation_scheduleversion FOR EACH ROW EXECUTE FUNCTION escalation_note_change();
    CREATE TRIGGER escalation_note_override AFTER INSERT OR UPDATE
    ON escalation_override FOR EACH ROW EXECUTE FUNCTION escalation_note_change();
    CREATE TRIGGER escalation_note_schedule
    AFTER UPDATE OF team_id, holidays_country, holidays_subdivision
    ON escalation_schedule FOR EACH ROW EXECUTE FUNCTION escalation_note_change_of_itself();
    CREATE TRIGGER escalation_note_absence AFTER INSERT OR UPDATE
    ON escalation_absence FOR EACH STATEMENT EXECUTE FUNCTION escalation_note_change_of_all();
    CREATE TRIGGER escalation_note_holiday AFTER INSERT OR UPDATE OR DELETE
    ON escalation_holiday FOR EACH STATEMENT EXECUTE FUNCTION escalation_note_change_of_all();
    CREATE TRIGGER escalation_note_inactive AFTER INSERT
    ON incidents_inactiveperiod FOR EACH ROW EXECUTE FUNCTION escalation_note_change_of_all();
    CREATE TRIGGER escalation_note_active_again AFTER UPDATE
    ON incidents_inactiveperiod FOR EACH ROW EXECUTE FUNCTION escalation_note_change_of_all();
    CREATE TRIGGER escalation_note_calendar AFTER INSERT OR UPDATE OF shifts
    ON escalation_layercalendar FOR EACH ROW EXECUTE FUNCTION escalation_note_change();
"""
FORGET_CHANGES = """
    DROP TRIGGER escalation_note_calendar ON escalation_layercalendar;
    DROP TRIGGER escalation_note_version ON escalation_scheduleversion;
    DROP TRIGGER escalation_note_override ON escalation_override;
    DROP TRIGGER escalation_note_schedule ON escalation_schedule;
    DROP TRIGGER escalation_note_absence ON escalation_absence;
    DROP TRIGGER escalation_note_holiday ON escalation_holiday;
    DROP TRIGGER escalation_note_inactive ON incidents_inactiveperiod;
    DROP TRIGGER escalation_note_active_again ON incidents_inactiveperiod;
    DROP FUNCTION escalation_note_change;
    DROP FUNCTION escalation_note_change_of_itself;
    DROP FUNCTION escalation_note_change_of_all;
"""


class Migration(migrations.Migration):
    dependencies = [("escalation", "0005_stock_workflows")]

    operations = [migrations.RunSQL(NOTE_CHANGES, FORGET_CHANGES)]
