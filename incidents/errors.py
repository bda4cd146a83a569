"""A rule said no. Each error has a stable code; the sentence may change."""


class DomainError(Exception):
    """Somebody asked for what the rules do not allow; answered with 409 and the code."""

    code = "refused"


class IncidentClosed(DomainError):
    """What was asked for makes no sense on a resolved incident."""

    code = "incident_closed"


class NotResolved(DomainError):
    """Only a resolved incident can be reopened."""

    code = "not_resolved"


class ChangedMeanwhile(DomainError):
    """Somebody else has changed what the change was made of."""

    code = "changed_meanwhile"


class NotAsked(DomainError):
    """Nobody has asked this person to respond."""

    code = "not_asked"


class MergedElsewhere(DomainError):
    """The incident is a part of another one: it goes on there."""

    code = "merged"


class NotMerged(DomainError):
    """What should be taken apart was not merged."""

    code = "not_merged"


class TooLate(DomainError):
    """The time in which it could be undone is over."""

    code = "too_late"


class ServiceArchived(DomainError):
    """Nothing is opened for a service that is archived."""

    code = "service_archived"


class HasOpenIncidents(DomainError):
    """A service with incidents that are not resolved cannot be archived."""

    code = "has_open_incidents"


class InvalidRequest(DomainError):
    """A value cannot be used; the sentence says which and what to write instead."""

    code = "invalid"
