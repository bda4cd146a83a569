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
    SCHEDULE_NEXT = "schedule_next", "whoever is on call next in a schedule"
    SCHEDULE_PREVIOUS = "schedule_previous", "whoever was on call before in a schedule"
    ROUND_ROBIN = "round_robin", "whose turn it is in a round robin"
    SHARED_CHANNEL = "shared_channel", "a shared channel"


class OverrideOrigin(TextChoices):
    """How an override came about."""

    MANUAL = "manual", "Made by hand"
    TAKE = "take", "Taken over"
    COVER = "cover", "Covered on request"
    SWAP = "swap", "Swapped"
    IMPORT = "import", "Imported"
    CALENDAR = "calendar", "From a calendar"
    HAND_OVER = "handover", "Until whoever takes over confirms"


class DrillState(TextChoices):
    """Where a drill stands."""

    PLANNED = "planned", "Planned"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    CANCELLED = "cancelled", "Cancelled"


class FeedKind(TextChoices):
    """Whose shifts a calendar has."""

    MINE = "mine", "My shifts"
    WHOLE = "whole", "Everybody's shifts"


class MailedWeek(TextChoices):
    """Which week a weekly mail is about, from Monday to Sunday."""

    NEXT = "next", "the next week"
    CURRENT = "current", "the week of that day"


class RunCause(TextChoices):
    """Why a run began."""

    RULE = "rule", "By the rules"
    PROMOTED = "promoted", "Promoted by a person"
    PLAY = "play", "A person ran a response play"


class RunState(TextChoices):
    """Where a run stands."""

    SUPPRESSED = "suppressed", "Suppressed"
    ESCALATING = "escalating", "Escalating"
    PAUSED = "paused", "Paused"
    EXHAUSTED = "exhausted", "Exhausted"
    FINISHED = "finished", "Finished"


class WorkflowKind(TextChoices):
    """What a workflow looks at, beside the incident that it belongs to."""

    INCIDENT = "incident", "Incident"
    ALERT = "alert", "Alert"
    MESSAGE = "message", "Message"
    NOTIFICATION = "notification", "Notification"


class Trigger(TextChoices):
    """What starts a workflow: a change, a time, or a person alone."""

    OPENED = "opened", "it is opened or reopened"
    STATUS = "status", "its status changes"
    OWNER = "owner", "its assignee changes"
    SEVERITY = "severity", "its severity changes"
    URGENCY = "urgency", "its urgency changes"
    PRIORITY = "priority", "its priority changes"
    TOPIC = "topic", "it is published to a topic"
    ALERT = "alert", "an alert joins it"
    SLA_WARNING = "sla_warning", "its SLA is at risk"
    SLA_MISSED = "sla_missed", "its SLA is missed"
    AFTER_OPENING = "after_opening", "minutes after its opening"
    BEFORE_SLA = "before_sla", "minutes before its time to resolve is over"
    AFTER_SLA = "after_sla", "minutes after its time to resolve was over"
    AFTER_ACKNOWLEDGEMENT = "after_acknowledgement", "minutes after its acknowledgement"
    WITHOUT_ACTIVITY = "without_activity", "minutes without activity of a person"
    MANUAL = "manual", "a person runs it"
    ALERT_OPENED = "alert_opened", "an alert opens"
    ALERT_CLOSED = "alert_closed", "an alert closes"
    NOTE = "note", "a note is added"
    MESSAGE = "message", "a person or a sender writes to it"
    PAGED = "paged", "people are paged"
    SENT = "sent", "a notification is sent"
    FAILED = "failed", "a notification fails for good"
    UNREACHABLE = "unreachable", "somebody cannot be reached in any way"
    COMPLETE = "complete", "all steps are taken, and nobody has it"
    UNANSWERED = "unanswered", "minutes after people were paged, and nobody answers"

    @property
    def kind(self) -> WorkflowKind:
        """What a workflow with this trigger looks at."""
        return next((kind for kind, ones in KINDS.items() if self in ones), WorkflowKind.INCIDENT)


# The triggers of each kind; all others are of incidents.
KINDS = {
    WorkflowKind.ALERT: (Trigger.ALERT_OPENED, Trigger.ALERT_CLOSED),
    WorkflowKind.MESSAGE: (Trigger.NOTE, Trigger.MESSAGE),
    WorkflowKind.NOTIFICATION: (
        *(Trigger.PAGED, Trigger.SENT, Trigger.FAILED),
        *(Trigger.UNREACHABLE, Trigger.COMPLETE, Trigger.UNANSWERED),
    ),
}


class ConditionField(TextChoices):
    """What of an incident a condition of a workflow looks at."""

    STATUS = "status"
    SEVERITY = "severity"
    URGENCY = "urgency"
    PRIORITY = "priority"
    OWNER = "owner", "Assignee"
    SERVICE = "service"
    TEAM = "team"
    TITLE = "title"
    SOURCE = "source"
    SLA = "sla_state", "SLA"
    TOPIC = "topic"
    TAG = "tag"
    ALERTS = "alerts", "Number of alerts"
    MINUTES = "minutes", "Minutes since its opening"
    ALERT = "alert", "Title of the alert"
    ALERT_SEVERITY = "alert_severity", "Severity of the alert"
    ALERT_SOURCE = "alert_source", "Source of the alert"
    ALERT_STATUS = "alert_status", "Status of the alert at its source"
    MESSAGE = "message", "Text of the message"
    AUTHOR = "author", "Author of the message"
    CHANNEL = "channel", "Channel of the notification"
    RECIPIENT = "recipient", "Recipient of the notification"
    ERROR = "error", "Error of the notification"


class ConditionOperator(TextChoices):
    """How a condition compares."""

    IS = "is", "is"
    IS_NOT = "is_not", "is not"
    AT_LEAST = "at_least", "is at least"
    AT_MOST = "at_most", "is at most"
    CONTAINS = "contains", "contains"


class ActionKind(TextChoices):
    """What a workflow does."""

    NOTIFY = "notify", "Notify"
    WEBHOOK = "webhook", "Call an outbound webhook"
    OUTBOUND = "outbound", "Send to an outbound service"
    TICKET = "ticket", "Open a ticket"
    ASSIGN = "assign", "Assign to a person"
    SEVERITY = "severity", "Change the severity"
    URGENCY = "urgency", "Change the urgency"
    PRIORITY = "priority", "Change the priority"
    NOTE = "note", "Add a note"
    RESPONDERS = "responders", "Page people in addition"
    POLICY = "policy", "Run a policy"
    PLAY = "play", "Run a response play"
    SNOOZE = "snooze", "Put it on hold"
    RESOLVE = "resolve", "Resolve it"
    OPEN = "open", "Open an incident"


class WorkflowOrigin(TextChoices):
    """Why a workflow runs."""

    EVENT = "event", "A change"
    TIME = "time", "A time"
    MANUAL = "manual", "A person"


class WorkflowState(TextChoices):
    """Where a run of a workflow stands."""

    WAITING = "waiting", "Waiting"
    DONE = "done", "Done"
    STOPPED = "stopped", "Stopped"
    CANCELLED = "cancelled", "Cancelled"


class DefectKind(TextChoices):
    """What is wrong with the coverage of a policy or schedule."""

    NOBODY = "nobody", "Nobody is paged"
    DISABLED = "policy_disabled", "Policy switched off"
    FIRST_STEP_EMPTY = "first_step_empty", "First step empty"
    WEAK_CONTACT = "weak_contact", "Hard to reach"
    UNPROVEN = "unproven", "Not proven to be reached"
    INACTIVE = "inactive", "Switched off"
    AWAY = "away", "Away without cover"
    COVER_RING = "cover_ring", "Cover is away as well"
    ONE_PERSON = "one_person", "One person alone"
    SAME_PERSON = "same_person", "Nobody else is asked"
    TOO_LONG = "too_long", "On call too long"
    TWICE = "twice", "On call twice"
    STALE_OVERRIDE = "stale_override", "Override without effect"
    UNANSWERED = "unanswered", "Cover request unanswered"
    UNCONFIRMED = "unconfirmed", "Hand-over not confirmed"
    OLD_CALENDAR = "old_calendar", "Calendar not read"
    ZONE_DATA = "zone_data", "New time-zone data"


class DefectLevel(TextChoices):
    """How bad a defect is: a page that wakes nobody, a page that comes late, good to know."""

    RED = "red", "Red"
    AMBER = "amber", "Amber"
    INFO = "info", "Info"


class CoverStatus(TextChoices):
    """Where a cover request stands."""

    OPEN = "open", "Open"
    PARTLY = "partly", "Partly taken"
    TAKEN = "taken", "Taken"
    WITHDRAWN = "withdrawn", "Withdrawn"
    EXPIRED = "expired", "Expired"


class CallState(TextChoices):
    """Where a call that came in stands."""

    RINGING = "ringing", "Ringing whoever is on call"
    ACCEPTED = "accepted", "Talking"
    MESSAGE = "message", "Leaving a message"
    ENDED = "ended", "Over"
