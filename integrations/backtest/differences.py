"""What is different when the same message is read in two ways, in words that end a sentence
such as “3 would …”."""

from collections.abc import Sequence

from integrations.backtest.simulate import Effect, EffectKind

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
SUPPRESSED = "be suppressed before anybody is told"
AT_ONCE = "page at once, and were suppressed"
OTHER_INTEGRATION = "be taken by another integration"

PAIRS = {
    (EffectKind.NOTHING, EffectKind.OPENED): OPENS,
    (EffectKind.NOTHING, EffectKind.APPENDED): ADDED,
    (EffectKind.NOTHING, EffectKind.CLOSED): CLOSES,
    (EffectKind.OPENED, EffectKind.NOTHING): SHUT_OUT,
    (EffectKind.APPENDED, EffectKind.NOTHING): SHUT_OUT,
    (EffectKind.CLOSED, EffectKind.NOTHING): CLOSES_NOT,
    (EffectKind.APPENDED, EffectKind.OPENED): OWN_ALERT,
    (EffectKind.OPENED, EffectKind.APPENDED): NO_OWN,
    (EffectKind.APPENDED, EffectKind.APPENDED): OTHER_ALERT,
    (EffectKind.CLOSED, EffectKind.CLOSED): CLOSES_OTHER,
}


def differences(
    old: Sequence[Effect], new: Sequence[Effect], integrations: tuple[str, str]
) -> list[str]:
    """Each once, in the order in which they matter."""
    found = [OTHER_INTEGRATION] if integrations[0] != integrations[1] and all(integrations) else []
    one_sided = {effect.kind for effect in (*old, *new)} <= {EffectKind.NOTHING}
    if len(old) != len(new) and not one_sided:
        old, new = _filled(old, new), _filled(new, old)
        found += [OTHER_COUNT] if len(old) != len(new) else []
    for before, after in zip(old, new, strict=False):
        found += _of_one(before, after)
    return list(dict.fromkeys(found))


def _filled(mine: Sequence[Effect], others: Sequence[Effect]) -> Sequence[Effect]:
    """What was not read at all did nothing, as often as the other reading did something."""
    return mine or [Effect(EffectKind.NOTHING, other.event) for other in others]


def _of_one(before: Effect, after: Effect) -> list[str]:
    found = []
    if before.kind != after.kind or before.opener != after.opener:
        found.append(PAIRS.get((before.kind, after.kind), OTHER_EFFECT))
    if EffectKind.NOTHING in (before.kind, after.kind):
        return found
    if before.event.severity != after.event.severity:
        found.append(SEVERITY)
    if before.event.subject != after.event.subject:
        found.append(SUBJECT)
    if before.event.recipients != after.event.recipients:
        found.append(OTHER_RECIPIENTS)
    if before.kind == after.kind == EffectKind.OPENED and before.is_held != after.is_held:
        found.append(SUPPRESSED if after.is_held else AT_ONCE)
    return found
