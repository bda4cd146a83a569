"""Why (not) me? Reasons in sentences, for an incident and for a schedule at an instant."""
