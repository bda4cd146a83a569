"""The vocabularies of escalation, one for each column that holds a word."""

from django.db.models import TextChoices


class StopsWhen(TextChoices):
    """What stops the paging of a policy."""

    ACKNOWLEDGE = "acknowledge", "somebody acknowledges or is assigned"
    ASSIGN = "assign", "somebody is assigned (acknowledging alone does not stop it)"


class TargetKind(TextChoices):
    """What a target of a step points at."""

    USER = "user", "a person"
    TEAM_ROLE = "team_role", "a role of a team"
    TEAM = "team", "everybody of a team"
    RECIPIENT_TEAMS = "recipient_teams", "{recipient teams} of the integration"
    SCHEDULE = "schedule", "whoever is on call in a schedule"
    SHARED_CHANNEL = "shared_channel", "a shared channel"


class OverrideOrigin(TextChoices):
    """How an override came about."""

    MANUAL = "manual", "Made by hand"
    TAKE = "take", "Taken over"
    COVER = "cover", "Covered on request"
    SWAP = "swap", "Swapped"
    IMPORT = "import", "Imported"
    CALENDAR = "calendar", "From a calendar"


class RunState(TextChoices):
    """Where a run stands."""

    SUPPRESSED = "suppressed", "Suppressed"
    ESCALATING = "escalating", "Escalating"
    PAUSED = "paused", "Paused"
    EXHAUSTED = "exhausted", "Exhausted"
    FINISHED = "finished", "Finished"
