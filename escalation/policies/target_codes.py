"""A target as one word, such as ``team_role:3:primary``: how a form names who a step tells."""

from escalation.choices import TargetKind
from escalation.models import Target

FIELD_OF = {
    TargetKind.USER: "user",
    TargetKind.TEAM: "team",
    TargetKind.TEAM_ROLE: "team",
    TargetKind.SHARED_CHANNEL: "shared_channel",
    TargetKind.SCHEDULE: "schedule",
    TargetKind.SCHEDULE_NEXT: "schedule",
    TargetKind.SCHEDULE_PREVIOUS: "schedule",
    TargetKind.ROUND_ROBIN: "round_robin",
}
MAY_HAVE_ROLE = Target.MAY_HAVE_ROLE
WITH_ROLE = {TargetKind.TEAM_ROLE, *MAY_HAVE_ROLE}


def code_of(target: Target) -> str:
    """The word that names this target."""
    if target.kind == TargetKind.RECIPIENT_TEAMS:
        return f"{target.kind}:{target.role}"
    number = getattr(target, f"{FIELD_OF[TargetKind(target.kind)]}_id")
    word = f"{target.kind}:{number}"
    return f"{word}:{target.role}" if target.role and target.kind in WITH_ROLE else word


def target_from_code(word: str) -> Target:
    """The unsaved target that the word names; ValueError for any other word."""
    kind, *rest = word.split(":")
    target = Target(kind=TargetKind(kind))
    if kind == TargetKind.RECIPIENT_TEAMS:
        (target.role,) = rest
        return target
    number, *roles = rest
    setattr(target, f"{FIELD_OF[TargetKind(kind)]}_id", int(number))
    if kind == TargetKind.TEAM_ROLE or (roles and kind in MAY_HAVE_ROLE):
        (target.role,) = roles
    elif roles:
        raise ValueError(word)
    return target
