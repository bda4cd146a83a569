"""Where a defect is mended."""

from django.urls import reverse

from escalation.choices import DefectKind
from escalation.models import CoverageDefect
from escalation.on_call.schedule_facts import time_of

OF_PEOPLE = (DefectKind.WEAK_CONTACT, DefectKind.UNPROVEN)
OF_STEPS = (DefectKind.SAME_PERSON,)


def link_of(row: CoverageDefect) -> str:
    """The address of the page that mends it: the person, the policy, the settings of the
    schedule, or the schedule at that time."""
    named = row.facts.get("schedule_ids") or []
    if row.kind == DefectKind.OLD_CALENDAR:
        return reverse("schedule_settings", args=[row.schedule_id])
    if row.kind in OF_PEOPLE:
        return reverse("admin:incidents_user_change", args=[row.facts["ids"][0]])
    schedule = row.schedule_id or (named[0] if named else None)
    if schedule is None or row.kind in OF_STEPS:
        return row.policy.get_absolute_url() if row.policy else reverse("schedules")
    day = time_of(row.get_spans()[0][0])
    return f"{reverse('schedule', args=[schedule])}?from={day:%Y-%m-%d}"
