"""A year of history: the rows of one incident that really happened, copied very often."""

from benchmarks.house import House
from benchmarks.load import Sender, request_of

# What is made here is old, and would be deleted while it is being made.
KEEP_ALL = """
    INSERT INTO integrations_retention (id, message_days, body_days, alert_days) VALUES (1, 0, 0, 0)
    ON CONFLICT (id) DO UPDATE SET message_days = 0, body_days = 0, alert_days = 0
"""
POSTS = 10  # to one incident: opened, seen again eight times, closed
# Who points at whom; everything else is copied as it is, earlier by some minutes for each copy.
POINTERS = {
    "incidents_incident": {},
    "incidents_alert": {"incident_id": "incidents_incident"},
    "incidents_timelineentry": {"incident_id": "incidents_incident"},
    "escalation_run": {"incident_id": "incidents_incident"},
    "integrations_inboundmessage": {
        "incident_id": "incidents_incident",
        "alert_id": "incidents_alert",
    },
    "notifications_notification": {"incident_id": "incidents_incident"},
    "notifications_attempt": {"notification_id": "notifications_notification"},
}
UNIQUE = {
    "key": "md5({g}::text)",
    "page_key": "'past:' || {g} || ':' || s.page_key",
    "delivery_id": "gen_random_uuid()",
    "body_digest": "md5({g}::text || s.id)",
    "source_id": "'k-past-' || {g}",
}


def make(house: House, incidents: int) -> int:
    """Fill the tables; returns how many messages there are afterwards."""
    model = _live_one(house)
    house.sql(KEEP_ALL)
    house.database.execute("SET synchronous_commit = off")
    for table in POINTERS:
        _multiply(house, table, model, incidents)
    house.database.execute("SET synchronous_commit = on")
    house.database.execute("VACUUM (ANALYZE)")
    house.database.execute("CHECKPOINT")
    return house.value("SELECT count(*) FROM integrations_inboundmessage")


def _live_one(house: House) -> int:
    """An incident from its first message to its end, through the portal's own doors."""
    firing = house.message("k-model-1")
    over = firing.replace(b'"status": "firing"', b'"status": "resolved"')
    bodies = [firing] * (POSTS - 1) + [over]
    path = house.places["hook"]["path"]
    sender = Sender(house.port, 1, lambda n: request_of(path, bodies[n]))
    for _ in bodies:
        sender.send(1)
        house.settle()
    sender.close()
    ((incident, status),) = house.sql(
        "SELECT DISTINCT i.id, i.status FROM incidents_incident i"
        " JOIN integrations_inboundmessage m ON m.incident_id = i.id"
        " WHERE m.source_id = 'k-model-1'"
    )
    if status != "resolved":
        raise AssertionError(f"the incident to copy is {status}")
    return incident


def _multiply(house: House, table: str, incident: int, copies: int) -> None:
    """Copies of the rows of one incident. A copy's number is the row's own plus a fixed stride, so
    that pointers can be reckoned without looking."""
    columns = house.sql(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s", table
    )
    exprs = {name: _copied(table, name, kind) for name, kind in columns}
    mine = "incident_id" if "incident_id" in exprs else "id"
    where = f"s.{mine} = {incident}"
    if table == "notifications_attempt":
        where = (
            "s.notification_id IN (SELECT id FROM notifications_notification"
            f" WHERE incident_id = {incident})"
        )
    house.database.execute(
        f"INSERT INTO {table} ({', '.join(exprs)}) SELECT {', '.join(exprs.values())}"
        f" FROM generate_series(1, {copies}) AS g, {table} AS s WHERE {where}"
    )
    house.database.execute(
        f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"
    )


STRIDE = 16  # more rows than one incident has in any table


def _copied(table: str, name: str, kind: str) -> str:
    if name == "id" or name in POINTERS[table]:
        return f"s.{name} + g * {STRIDE}"
    if name in UNIQUE:
        return UNIQUE[name].format(g="g")
    if kind.startswith("timestamp"):
        return f"s.{name} - g * interval '5 min'"
    return f"s.{name}"
