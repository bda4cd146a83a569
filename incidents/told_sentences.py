"""Sentences of incidents that people are told, in English; ``locale`` has the others."""

SENTENCES = (
    "Incident #{number} is already resolved.",
    "{user} is no longer active here.",
    "{user} is a Stakeholder, who is informed and does not act. "
    "Whoever administers people can give the role {role}.",
    "There is no incident #{number} that {user} may see.",
    "{user} has no role any more that responds. "
    "Whoever administers people can give the role {role}.",
    "{user} was paged in an earlier round of #{number}. Paging has started anew since, and others "
    "were paged. Whoever administers people can give the role {role}.",
    "{user} has no role that responds, and was not paged for #{number}. "
    "Whoever administers people can give the role {role}.",
    "{count} of {wanted} have acknowledged",
    "assignee: {user} is no longer active.",
    "until: must be a time in the future.",
    "until: at most {days} days from now.",
)
