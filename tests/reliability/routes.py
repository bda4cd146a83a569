"""One trouble and its end, as each of the addresses is told of them."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta

TRIGGER, RESOLVE = "trigger", "resolve"


def _post(client, path, body, **headers):
    return client.post(path, json.dumps(body), content_type="application/json", headers=headers)


_ended = Counter()


def _started_at(integration, action, key):
    """What begins after an end began later: another time for each episode."""
    began = datetime(2026, 3, 2, 12, tzinfo=UTC) + timedelta(seconds=_ended[integration.pk, key])
    _ended[integration.pk, key] += action == RESOLVE
    return began.isoformat()


def alertmanager(client, integration, action, key):
    status = "firing" if action == TRIGGER else "resolved"
    alert = {
        "status": status,
        "labels": {"alertname": "DiskFull", "instance": key, "severity": "critical"},
        "annotations": {"summary": f"Disk of {key} is full"},
        "startsAt": _started_at(integration, action, key),
        "fingerprint": key,
    }
    body = {"version": "4", "groupKey": key, "status": status, "alerts": [alert]}
    return _post(client, f"/POSTAlert/{integration.token}/it", body)


def prometheus(client, integration, action, key):
    end = "2036-03-02T12:00:00Z" if action == TRIGGER else "2026-03-02T13:00:00Z"
    labels = {"alertname": "DiskFull", "instance": key}
    began = _started_at(integration, action, key)
    body = [{"labels": labels, "startsAt": began, "endsAt": end}]
    return _post(client, f"/alertmanager/{integration.token}/api/v2/alerts", body)


def enqueue(client, integration, action, key):
    body = {"routing_key": integration.token, "event_action": action, "dedup_key": key}
    body["payload"] = {"summary": "Disk full", "source": "db", "severity": "critical"}
    return _post(client, "/v2/enqueue", body)


def events(client, integration, action, key):
    body = {"event_action": action, "dedup_key": key}
    body["payload"] = {"summary": "Disk full", "source": "db", "severity": "critical"}
    return _post(client, "/api/events", body, Authorization=f"Token token={integration.token}")


def events_v1(client, integration, action, key):
    body = {"service_key": integration.token, "event_type": action, "incident_key": key}
    return _post(
        client, "/generic/2010-04-15/create_event.json", body | {"description": "Disk full"}
    )


def opsgenie(client, integration, action, key):
    auth = {"Authorization": f"GenieKey {integration.token}"}
    if action == TRIGGER:
        return _post(client, "/v2/alerts", {"message": "Disk full", "alias": key}, **auth)
    return _post(client, f"/v2/alerts/{key}/close?identifierType=alias", {}, **auth)


def oncall(client, integration, action, key):
    state = "alerting" if action == TRIGGER else "ok"
    body = {"alert_uid": key, "title": "Disk full", "state": state}
    return _post(client, f"/integrations/v1/formatted_webhook/{integration.token}/", body)


def goalert(client, integration, action, key):
    body = {"summary": f"Disk full: {action}", "dedup": key}
    if action == RESOLVE:
        body["action"] = "close"
    return _post(client, f"/api/v2/generic/incoming?token={integration.token}", body)


def victorops(client, integration, action, key):
    kind = "CRITICAL" if action == TRIGGER else "RECOVERY"
    body = {"message_type": kind, "entity_id": key, "state_message": "Disk full"}
    path = f"/integrations/generic/20131114/alert/{integration.token}/portal"
    return _post(client, path, body)


def slack(client, integration, action, key):
    status = "FIRING:1" if action == TRIGGER else "RESOLVED"
    color = "danger" if action == TRIGGER else "good"
    attachment = {"title": f"[{status}] DiskFull ({key})", "color": color, "text": "db"}
    body = {"attachments": [attachment]}
    return _post(client, f"/hooks/slack/{integration.token}", body)


# The template of the integration that is posted to, and how.
ROUTES = {
    "alertmanager": alertmanager,
    "prometheus-server": prometheus,
    "events-api-v2": enqueue,
    "api/events": events,
    "events v1": events_v1,
    "opsgenie": opsgenie,
    "oncall-formatted-webhook": oncall,
    "goalert": goalert,
    "victorops": victorops,
    "slack-webhook": slack,
}
TEMPLATES = {"api/events": "events-api-v2", "events v1": "events-api-v2"}
