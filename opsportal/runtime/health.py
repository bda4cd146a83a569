"""Whether the portal is well: what it says at ``/healthz``, and on its pages when it is not."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import django.db
from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.db.models import CharField, Func, QuerySet, Value
from django.db.models.functions import JSONObject, Now
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from escalation.actions import coverage
from escalation.models import ProcessHeartbeat, Run
from escalation.slack import socket_loop
from incidents.actions import api_keys
from incidents.authentication import key_in
from integrations.engine.pauses import MAX_RESTARTS, recent_pauses
from integrations.mail import mail_receiver
from integrations.models import InboundMessage
from notifications import smtp
from notifications.actions import costs
from notifications.actions.lanes import shared_lanes
from notifications.actions.polling import polled_by_environment
from notifications.channels import all_channels
from notifications.models import CatchAll, Lane, Notification
from notifications.provider_accounts import carries
from opsportal.lib.django_internals import keep_out_of_log
from opsportal.lib.durations import format_duration
from opsportal.lib.prepared_queries import PreparedQuery, moment
from opsportal.runtime import chat_poller
from opsportal.runtime.outage import is_away, outage
from opsportal.runtime.write_probe import probe

NO_MAIL = (
    "Email reaches nobody: add an account under Settings, Notifications, Email, or set EMAIL_HOST"
)
NO_CATCH_ALL = "A page that reaches nobody ends there: nobody is set as the catch-all yet"

# The engine gives a sign every second, the scheduler every 5 s, the workers every 10 s.
SCOPE = "config:read"
SILENT_S = {"worker": 35, "scheduler": 20, "engine": 20}
MIN_STUMBLES = 3  # pauses of the engine within an hour
# Only where they have something to do.
WHERE_WANTED = {mail_receiver.PART: 30, chat_poller.PART: 30, socket_loop.PART: 30}
WANTED = {mail_receiver.PART: mail_receiver.WANTED, chat_poller.PART: chat_poller.WANTED}
# A run that failed is leased for a minute, and tried again: it does not make the portal unwell.
UNTAKEN = Run.objects.exclude(leased_until__gt=Now() - timedelta(seconds=30))
LATE = {
    "worker": (Notification.objects.all(), "next_attempt_at", 60, "a notification waits for {} s"),
    "scheduler": (UNTAKEN, "next_step_at", 30, "an escalation step is {} s late"),
    "engine": (InboundMessage.objects.pending(), "ready_at", 60, "a message waits for {} s"),
}
LANE = {"key": "key", "since": "failing_since", "error": "last_error"}
# Of the server that answers; in the same query as everything else.
READ_ONLY = Func(
    Value("transaction_read_only"), function="current_setting", output_field=CharField()
)


def _seen() -> QuerySet[ProcessHeartbeat, Any]:
    """The heartbeat of each process, and in each row what else is asked at the same time."""
    lanes = Lane.objects.failing(moment("now")).values(lane=JSONObject(**LANE))
    rows = ProcessHeartbeat.objects.annotate(
        wanted=JSONObject(**WANTED), read_only=READ_ONLY, failing=ArraySubquery(lanes)
    )
    return rows.values_list("process", "at", "wanted", "facts", "read_only", "failing")


SEEN = PreparedQuery(_seen)
TOLD = PreparedQuery(lambda: CatchAll.objects.told().values("pk")[:1])


@dataclass(frozen=True, slots=True)
class Condition:
    """How one part is: since when it has been silent, and what is wrong with it.

    One that is ``ok`` and has a note works all the same: it stumbles, or somebody else's server
    fails. ``error`` is what that server said: it may name hosts and addresses, and is not for
    strangers.
    """

    ok: bool
    age_s: float | None = None
    note: str = ""
    error: str = ""

    @property
    def full_note(self) -> str:
        return f"{self.note}: {self.error}" if self.error else self.note

    def to_json(self, *, with_error: bool) -> dict[str, Any]:
        note = self.full_note if with_error else self.note
        return {"ok": self.ok, "age_s": self.age_s, "note": note}


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """For load balancers and monitors: 200 when every part is well, else 503 and why.

    Strangers learn neither what the servers of others say, nor which hosts those are.
    """
    probe.is_well()
    found = examine(timezone.now())
    well = all(condition.ok for condition in found.values())
    is_trusted = found["database"].ok and _is_trusted(request)
    body: dict[str, Any] = {
        "status": "ok" if well else "degraded",
        "version": settings.VERSION,
        "components": _components(found, is_trusted=is_trusted),
    }
    if is_trusted:
        body["coverage"] = coverage.counts(timezone.now())
    headers = {"Cache-Control": "no-store"}
    return keep_out_of_log(JsonResponse(body, status=200 if well else 503, headers=headers))


def _components(found: dict[str, Condition], *, is_trusted: bool) -> dict[str, Any]:
    return {
        name if is_trusted else _public_name(name): condition.to_json(with_error=is_trusted)
        for name, condition in found.items()
    }


def _public_name(name: str) -> str:
    """A receiver of somebody's by a number of its own: its name says its host."""
    if name in SILENT_S | WHERE_WANTED or name in ("web", "database") or name in shared_lanes():
        return name
    return f"receiver {sha256(name.encode()).hexdigest()[:8]}"


def _is_trusted(request: HttpRequest) -> bool:
    """Whether who asks may open the portal: by a session, or a key with ``config:read``."""
    text = key_in(request)
    if text is not None:
        key = api_keys.use_key(text)
        return key is not None and SCOPE in key.scopes
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return False
    # This is an address of machines, for which no middleware has loaded it.
    request.session = SessionStore(request.COOKIES[settings.SESSION_COOKIE_NAME])
    return bool(get_user(request).is_staff)


def problems() -> list[str]:
    """A sentence for each part that is not well; nothing when all is well."""
    found = examine(timezone.now())
    silent = [
        f"{_shown_name(name)}: {condition.full_note}"
        for name, condition in found.items()
        if condition.note
    ]
    mail = [] if _mail_has_a_way(found["database"]) else [NO_MAIL]
    if not found["database"].ok:
        return silent + mail
    dead_ends = [] if TOLD.exists() else [NO_CATCH_ALL]
    return silent + mail + dead_ends + costs.warnings(timezone.now())


def _shown_name(name: str) -> str:
    """As a sentence may begin with it: a part, an account with its channel, a receiver's URL."""
    channel, _, account = name.partition(": ")
    if account and channel in all_channels():
        return f"{all_channels()[channel].label}, {account}"
    return f"receiver {name}" if "://" in name else name


def _mail_has_a_way(database: Condition) -> bool:
    """Whether a mail server, or an account at a provider, carries mails."""
    return smtp.brings_mail() or (database.ok and carries("email"))


def examine(now: datetime) -> dict[str, Condition]:
    """The condition of every part. Never raises: without its database the portal says so.

    Writes nothing itself: what it says of that is what ``probe`` has tried last.
    """
    try:
        rows = SEEN.fetch(now=now)
        last_seen = {part: at for part, at, *_ in rows}
        facts = {row[0]: json.loads(row[3]) for row in rows}
        slack = facts.get(socket_loop.PART, {})
        wanted = [*SILENT_S, *_wanted(json.loads(rows[0][2]) if rows else {})]
        wanted += [socket_loop.PART] if slack.get("workspaces") else []
        parts = {name: _condition(name, last_seen.get(name), now) for name in wanted}
        lanes = [json.loads(lane) for lane in rows[0][-1]] if rows else []
        parts |= dict(_failing(lane, now) for lane in lanes if _is_there(lane))
        if socket_loop.PART in parts:
            parts[socket_loop.PART] = _disconnected(parts[socket_loop.PART], slack)
        parts["engine"] = _stumbling(parts["engine"], facts.get("engine", {}), now)
        database = _database(is_read_only=any(row[4] == "on" for row in rows))
    except django.db.Error as error:
        # Whoever asks may be a stranger; the supervisor prints the error every 5 s.
        connection.close()
        if is_away(error):
            outage.begin()
        unknown = Condition(ok=False, note="unknown without the database")
        parts = dict.fromkeys(SILENT_S, unknown)
        database = Condition(ok=False, note="does not answer")
    return {"web": Condition(ok=True, age_s=0.0), **parts, "database": database}


def _wanted(by_rows: dict[str, bool]) -> list[str]:
    """The parts that have something to do here, by rows or by settings."""
    by_settings = {
        mail_receiver.PART: bool(settings.INBOUND_SMTP),
        chat_poller.PART: bool(polled_by_environment()),
    }
    return [name for name in WANTED if by_rows.get(name) or by_settings[name]]


def _is_there(lane: dict[str, str]) -> bool:
    """Whether it is a server that can fail: before there is any for mail, the pages say so."""
    return smtp.brings_mail() or lane["key"] not in shared_lanes()


def _database(*, is_read_only: bool) -> Condition:
    note = ""
    if is_read_only:
        note = "takes no writes: it is read-only"
    elif not probe.was_well():
        note = "takes no writes"
    return Condition(ok=not note, age_s=0.0, note=note)


def _failing(lane: dict[str, str], now: datetime) -> tuple[str, Condition]:
    """A destination whose breaker is open. Only what all addresses depend on is ours to mend."""
    seconds = (now - datetime.fromisoformat(lane["since"])).total_seconds()
    note = f"has failed for {format_duration(seconds)}, and is tried again"
    is_ok = lane["key"] not in shared_lanes()
    return lane["key"], Condition(is_ok, round(seconds, 1), note, lane["error"])


def _stumbling(condition: Condition, facts: dict[str, list[str]], now: datetime) -> Condition:
    """An engine that is away again and again: what waits for silence waits longer by that."""
    count = len(recent_pauses(facts, now))
    if not condition.ok or count < MIN_STUMBLES:
        return condition
    note = (
        f"was away {count} times within an hour: heartbeats that are missed, and alerts that close"
        f" by themselves, were put off by a period for each, at most {MAX_RESTARTS} in a row"
    )
    return Condition(ok=True, age_s=condition.age_s, note=note)


def _disconnected(condition: Condition, facts: dict[str, Any]) -> Condition:
    """The process works, and Slack does not answer it: nobody there can act meanwhile."""
    errors = facts.get("errors") or {}
    if not condition.ok or not errors:
        return condition
    error = "; ".join(f"{name}: {said}" for name, said in errors.items())
    return Condition(True, condition.age_s, "a Slack workspace is not connected", error)


def _condition(name: str, seen_at: datetime | None, now: datetime) -> Condition:
    if seen_at is None:
        return Condition(ok=False, note="has not reported yet")
    age = max(0.0, round((now - seen_at).total_seconds(), 1))
    if age > (SILENT_S | WHERE_WANTED)[name]:
        return Condition(ok=False, age_s=age, note=f"has been silent for {age:.0f} s")
    if name not in LATE:
        return Condition(ok=True, age_s=age)
    rows, column, patience_s, sentence = LATE[name]
    late = rows.filter(**{f"{column}__lt": now - timedelta(seconds=patience_s)})
    # Any of them will do: to look for the oldest of a long queue would take its time.
    due_at = late.order_by().values_list(column, flat=True).first()
    if due_at is None:
        return Condition(ok=True, age_s=age)
    waited = (now - due_at).total_seconds()
    return Condition(ok=False, age_s=age, note=sentence.format(f"{waited:.0f}"))
