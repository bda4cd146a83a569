"""Escalation policies, services and their keys. A delay is how long a step is waited for, and the
last one's how long before the policy starts again."""

from collections.abc import Iterator
from hashlib import sha256

from integrations.catalog import find
from integrations.importers.gathering import (
    approximate,
    left_out,
    not_taken,
    remark,
    without_secrets,
)
from integrations.importers.goalert.source import Source, id_of, nodes, rotation_schedule
from integrations.importers.neutral import (
    Integration,
    Note,
    Object,
    Policy,
    PolicyStep,
    Service,
    Target,
)
from integrations.importers.rows import Row

KINDS = {"user": "user", "schedule": "schedule"}
ACTIONS = {"builtin_user": ("user", "user_id"), "builtin_schedule": ("schedule", "schedule_id")}
GENERIC = "goalert"  # the template that takes what its own webhooks take
TEMPLATES = {
    "generic": GENERIC,
    "prometheusalertmanager": "alertmanager",
    "grafana": "grafana",
    "site24x7": "site24x7",
    "email": "email",
}
DEFAULT_PAUSE_S = 300


def read_policy(source: Source, row: Row) -> Iterator[Object]:
    """A policy. Raises FieldError."""
    notes = list[Note]()
    rows = nodes(row, "steps")
    if all(step.has("stepNumber") for step in rows):
        rows = sorted(rows, key=lambda step: step.whole("stepNumber"))
    delays = [step.between("delayMinutes", 1, 9000) * 60 for step in rows]
    notes += [
        approximate(f"Step {number} goes on there until all of it have acknowledged.")
        for number, step in enumerate(rows, start=1)
        if step.flag("multiAck")
    ]
    steps = [
        PolicyStep(wait_s=wait_s, targets=tuple(_targets(source, step, number, notes)))
        for number, (step, wait_s) in enumerate(zip(rows, [0, *delays], strict=False), start=1)
    ]
    yield Policy(
        id=row.id(),
        name=row.id("name"),
        description=row.text("description"),
        steps=tuple(steps),
        repeats=row.between("repeat", 0, 5, 0),
        pause_s=delays[-1] if delays else DEFAULT_PAUSE_S,
        document=without_secrets(row.fields),
        notes=tuple(dict.fromkeys(notes)),
    )


def _targets(source: Source, row: Row, number: int, notes: list[Note]) -> Iterator[Target]:
    for target in nodes(row, "targets"):
        kind = target.word("type")
        if kind in KINDS:
            yield Target(kind=KINDS[kind], id=target.id())
        else:
            yield from _rotation(source, target, kind, number, notes)
    actions = [] if row.get("targets") else nodes(row, "actions")  # the same, in another form
    for action in actions:
        kind, name = ACTIONS.get(action.word("type").replace("-", "_"), ("", ""))
        arguments = action.row("args")
        if kind and arguments:
            yield Target(kind=kind, id=arguments.id(name))
        else:
            notes.append(_without_counterpart(number, action.text("type")))


def _rotation(
    source: Source, target: Row, kind: str, number: int, notes: list[Note]
) -> Iterator[Target]:
    """A rotation as a target becomes a schedule of its own."""
    if kind == "rotation" and target.id() in source.lists.by_id("rotations"):
        yield Target(kind="schedule", id=rotation_schedule(target.id()))
    else:
        notes.append(_without_counterpart(number, target.text("type")))


def _without_counterpart(number: int, kind: str) -> Note:
    return left_out(f"Step {number} tells {kind or 'something'}, which has no counterpart here.")


def read_service(source: Source, row: Row) -> Iterator[Object]:
    """A service, then its keys. Raises FieldError."""
    id_, policy = row.id(), id_of(row, "escalationPolicyID", "escalationPolicy")
    yield Service(
        id=id_,
        name=row.id("name"),
        description=row.text("description"),
        policy=policy,
        document=without_secrets(
            row.fields, frozenset({"integrationkeys", "heartbeatmonitors", "oncallusers"})
        ),
    )
    for key in nodes(row, "integrationKeys"):
        yield _integration(hidden(key), id_, policy)
    for monitor in nodes(row, "heartbeatMonitors"):
        yield not_taken(monitor, "heartbeat monitor", "Add a heartbeat here.")


def read_key(source: Source, row: Row) -> Iterator[Object]:
    """A key that stands by itself. Raises FieldError."""
    service = id_of(row, "serviceID", "service")
    services = source.lists.by_id("services")
    policy = ""
    if service in services:
        policy = id_of(services[service], "escalationPolicyID", "escalationPolicy")
    yield _integration(row, service, policy)


def hidden(row: Row) -> Row:
    """A key with a digest in place of its id, which is the secret, and that as ``key``."""
    digest = sha256(str(row.get("id")).encode()).hexdigest()[:16]
    return Row(row.place, {**row.fields, "id": f"key:{digest}", "key": row.get("id")})


def _integration(row: Row, service: str, policy: str) -> Integration:
    kind = row.word("type")
    found = find(TEMPLATES.get(kind.replace("_", ""), kind)) if kind else None
    notes = [remark("Mail comes to another address here: tell the sender.")]
    if found is None:
        text = f"There is no template for {row.text('type')!r}: GoAlert's own is taken."
        notes = [approximate(text)]
    if kind == "universal":
        notes.append(remark("Its senders use tokens that GoAlert does not tell: it gets a key."))
    is_mail = found is not None and found.slug == "email"
    return Integration(
        id=row.id(),
        name=row.text("name") or f"GoAlert {row.text('type')}",
        template=found.slug if found else GENERIC,
        service=service,
        policy=policy,
        key="" if is_mail or kind == "universal" else row.id("key"),
        document=without_secrets(row.fields),
        notes=tuple(notes if is_mail or found is None else ()),
    )
