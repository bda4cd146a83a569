"""What is different when the same message is read in two ways, in words that end a sentence
such as “3 would …”."""

from collections.abc import Sequence

from integrations.backtest.simulate import Effect

OPENS = "open an alert, and were ignored"
SHUT_OUT = "be ignored, and opened an alert or were added to one"
ADDED = "be added to an open alert, and were ignored"
OWN_ALERT = "open an alert of their own, and were added to another"
NO_OWN = "be added to an open alert, and opened one of their own"
OTHER_ALERT = "be added to another alert"
CLOSES = "close an alert, and closed none"
CLOSES_NOT = "close nothing any more"
CLOSES_OTHER = "close another alert"
OTHER_EFFECT = "do something else to their alert"
OTHER_COUNT = "hold another number of alerts"
SEVERITY = "have another severity"
SUBJECT = "have another title"
OTHER_RECIPIENTS = "go to other people"
SUPPRESSED = "be held back before anybody is told"
AT_ONCE = "page at once, and were held back"
OTHER_INTEGRATION = "be taken by another integration"

PAIRS = {
    ("nothing", "opened"): OPENS,
    ("nothing", "appended"): ADDED,
    ("nothing", "closed"): CLOSES,
    ("opened", "nothing"): SHUT_OUT,
    ("appended", "nothing"): SHUT_OUT,
    ("closed", "nothing"): CLOSES_NOT,
    ("appended", "opened"): OWN_ALERT,
    ("opened", "appended"): NO_OWN,
    ("appended", "appended"): OTHER_ALERT,
    ("closed", "closed"): CLOSES_OTHER,
}


def differences(
    old: Sequence[Effect], new: Sequence[Effect], integrations: tuple[str, str]
) -> list[str]:
    """Each once, in the order in which they matter."""
    found = [OTHER_INTEGRATION] if integrations[0] != integrations[1] and all(integrations) else []
    one_sided = {effect.did for effect in (*old, *new)} <= {"nothing"}
    if len(old) != len(new) and not one_sided:
        old, new = _filled(old, new), _filled(new, old)
        found += [OTHER_COUNT] if len(old) != len(new) else []
    for before, after in zip(old, new, strict=False):
        found += _of_one(before, after)
    return list(dict.fromkeys(found))


def _filled(mine: Sequence[Effect], others: Sequence[Effect]) -> Sequence[Effect]:
    """What was not read at all did nothing, as often as the other reading did something."""
    return mine or [Effect("nothing", other.event) for other in others]


def _of_one(before: Effect, after: Effect) -> list[str]:
    found = []
    if before.did != after.did or before.opener != after.opener:
        found.append(PAIRS.get((before.did, after.did), OTHER_EFFECT))
    if "nothing" in (before.did, after.did):
        return found
    if before.event.severity != after.event.severity:
        found.append(SEVERITY)
    if before.event.subject != after.event.subject:
        found.append(SUBJECT)
    if before.event.recipients != after.event.recipients:
        found.append(OTHER_RECIPIENTS)
    if before.did == after.did == "opened" and before.is_held != after.is_held:
        found.append(SUPPRESSED if after.is_held else AT_ONCE)
    return found
