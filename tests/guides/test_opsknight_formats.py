"""OpsKnight's guide, Part 1: signatures by provider, and how each format becomes an event."""

import hashlib
import hmac
import json
import time

import pytest

from incidents.models import Alert, Incident
from integrations.catalog import find
from integrations.models import Integration
from tests.factories import make_integration, make_policy, make_service, make_user
from tests.guides.desk import sit_down
from tests.integrations.posting import log, work

pytestmark = pytest.mark.django_db
SECRET = "s3cret of the tool"
BODY = json.dumps({"id": 1, "summary": "High CPU on web-01", "severity": "critical"})


def sign(body=BODY, secret=SECRET):
    return hmac.new(secret.encode(), body.encode(), hashlib.sha256).hexdigest()


def typed(client, integration, slug, body, **headers):
    path = f"/api/integrations/{slug}?integrationId={integration.public_id}"
    body = body if isinstance(body, str) else json.dumps(body)
    return client.post(path, body, content_type="application/json", headers=headers)


def with_secret(provider, secret=SECRET):
    """An integration whose secret was set on its page; and what the page then says."""
    service = make_service(make_policy(make_user()))
    integration = make_integration("generic-webhook", service=service)
    page = sit_down(f"/integrations/{integration.pk}/")
    page = page.fill(provider=provider, secret=secret).press("secret", "/signature/")
    return page, Integration.objects.get()


@pytest.mark.parametrize(
    ("provider", "headers"),
    [
        ("github", {"X-Hub-Signature-256": f"sha256={sign()}"}),
        ("gitlab", {"X-Gitlab-Token": SECRET}),
        ("sentry", {"Sentry-Hook-Signature": sign()}),
        ("grafana", {"X-Grafana-Signature": sign()}),
        ("generic", {"X-Signature": f"sha256={sign()}"}),
        ("generic", {"X-Signature": sign()}),
        ("generic", {"X-Webhook-Signature": f"sha256={sign()}"}),
    ],
    ids=lambda value: value if isinstance(value, str) else next(iter(value)),
)
def test_each_provider_signs_in_its_own_header(client, provider, headers):
    _, integration = with_secret(provider)
    name, value = next(iter(headers.items()))
    forged = value[:-1] + ("0" if value[-1] != "0" else "1")

    answers = [
        typed(client, integration, "webhook", BODY, **sent).status_code
        for sent in (headers, {name: forged}, {})
    ]
    changed = typed(client, integration, "webhook", BODY.replace("web-01", "web-02"), **headers)

    assert answers == [202, 401, 401]
    # GitLab's header is the secret itself, and says nothing of the body.
    assert changed.status_code == (202 if provider == "gitlab" else 401)


def test_slack_signs_the_time_too_and_an_old_message_is_refused(client):
    _, integration = with_secret("slack")

    answers = []
    for at in (int(time.time()), int(time.time()) - 600):
        proof = f"v0={sign(f'v0:{at}:{BODY}')}"
        headers = {"X-Slack-Signature": proof, "X-Slack-Request-Timestamp": str(at)}
        answers.append(typed(client, integration, "webhook", BODY, **headers).status_code)

    assert answers == [202, 401]


def test_a_secret_that_is_left_empty_is_generated_and_shown_once(client):
    page, integration = with_secret("generic", secret="")
    made = page.value("shown-secret")

    answer = typed(client, integration, "webhook", BODY, **{"X-Signature": sign(secret=made)})

    assert len(made) >= 32
    assert answer.status_code == 202
    assert made not in sit_down(f"/integrations/{integration.pk}/").source


def test_without_a_secret_nothing_has_to_be_signed(client):
    answer = typed(client, make_integration("generic-webhook"), "webhook", BODY)

    assert answer.status_code == 202


def test_datadog_alert_type_aggregation_key_and_title(client):
    integration = make_integration("datadog")
    body = {"title": "CPU is high", "aggregation_key": "agg-1", "alert_type": "error"}

    for kind in ("error", "success"):
        typed(client, integration, "datadog", {**body, "alert_type": kind})
        work()
    typed(client, integration, "datadog", {**body, "alert_type": "warning"})
    work()

    assert log() == ["Mapped (opened)", "Mapped (closed)", "Mapped (opened)"]
    rows = Incident.objects.order_by("pk").values_list("title", "severity")
    assert list(rows) == [("CPU is high", "critical"), ("CPU is high", "warning")]


def group(status, *alerts):
    return {
        "version": "4",
        "groupKey": "{}:{}",
        "status": status,
        "receiver": "opsknight",
        "groupLabels": {},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "http://am.example",
        "alerts": list(alerts),
    }


def alert(status="firing", fingerprint="f1", severity="critical", **labels):
    return {
        "status": status,
        "labels": {"alertname": "HighCPU", "severity": severity, **labels},
        "annotations": {},
        "startsAt": "2026-03-02T12:00:00Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "fingerprint": fingerprint,
    }


def test_alertmanager_firing_triggers_and_resolved_resolves_by_fingerprint(client):
    integration = make_integration("alertmanager")

    both = group("firing", alert(), alert(fingerprint="f2", severity="warning", host="b"))
    typed(client, integration, "prometheus", both)
    work()
    typed(client, integration, "prometheus", group("firing", alert("resolved")))
    work()

    rows = Incident.objects.order_by("pk").values_list("status", "severity")
    assert list(rows) == [("resolved", "critical"), ("open", "warning")]
    assert all("HighCPU" in title for title in Incident.objects.values_list("title", flat=True))


def test_alertmanager_without_a_fingerprint_goes_by_the_labels(client):
    integration = make_integration("alertmanager")
    bare = {key: value for key, value in alert().items() if key != "fingerprint"}

    for one in (bare, bare, {**bare, "status": "resolved"}):
        typed(client, integration, "prometheus", group(one["status"], one))
        work()

    assert log() == ["Mapped (opened)", "Mapped Appended", "Mapped (closed)"]


@pytest.mark.parametrize("sample", ["its own", "Alertmanager's"])
def test_grafana_sends_either_of_its_formats(client, sample):
    integration = make_integration("grafana")
    bodies = {
        "its own": [find("grafana").sample(name).body for name in ("open", "close")],
        "Alertmanager's": [group("firing", alert()), group("resolved", alert("resolved"))],
    }[sample]

    for body in bodies:
        assert typed(client, integration, "grafana", body).status_code == 202
        work()

    assert set(Incident.objects.values_list("status", flat=True)) == {"resolved"}


def test_a_generic_webhook_is_read_by_the_fields_that_were_named(client):
    service = make_service(make_policy(make_user()))
    page = sit_down("/integrations/add/").follow("Generic Webhook")
    page.fill(
        service=service.pk,
        summaryField="alert.title",
        severityField="level",
        dedupKeyField="alert_id",
        actionField="status",
        triggerValues="fired, alert",
        resolveValues="ok, resolved",
    ).press("SUBMIT")
    integration = Integration.objects.get()

    body = {"alert": {"title": "Queue grows"}, "level": "warning", "alert_id": "q-1"}
    for status in ("fired", "alert", "unknown", "ok"):
        typed(client, integration, "webhook", {**body, "status": status})
        work()

    assert log() == ["Mapped (opened)", "Mapped Appended", "Mapped Ignored", "Mapped (closed)"]
    incident = Incident.objects.get()
    assert (incident.title, incident.severity) == ("Queue grows", "warning")
    assert Alert.objects.get().key


# As the guide's list of types spells them, and the template of each.
TYPES = {
    "APPDYNAMICS": "appdynamics",
    "AZURE": "azure-monitor",
    "BETTER_UPTIME": "better-stack",
    "BITBUCKET": "bitbucket",
    "CLOUDWATCH": "aws-cloudwatch",
    "DATADOG": "datadog",
    "DYNATRACE": "dynatrace",
    "ELASTIC": "kibana",
    "EVENTS_API_V2": "events-api-v2",
    "GITHUB": "github",
    "GITLAB": "gitlab",
    "GOOGLE_CLOUD_MONITORING": "google-cloud-monitoring",
    "GRAFANA": "grafana",
    "HONEYCOMB": "honeycomb",
    "NEWRELIC": "new-relic",
    "PAGERDUTY": "events-api-v2",
    "PINGDOM": "pingdom",
    "PROMETHEUS": "alertmanager",
    "SENTRY": "sentry",
    "SPLUNK_OBSERVABILITY": "splunk-observability",
    "SPLUNK_ONCALL": "victorops",
    "UPTIMEROBOT": "uptimerobot",
    "UPTIME_KUMA": "uptime-kuma",
    "WEBHOOK": "generic-webhook",
    "Uptime Kuma": "uptime-kuma",
    "uptime_kuma": "uptime-kuma",
}


@pytest.mark.parametrize(("spelled", "slug"), TYPES.items())
def test_a_type_may_be_spelled_as_the_guide_does(spelled, slug):
    assert find(spelled).slug == slug


@pytest.mark.parametrize("spelled", ["UPTIME_KUMA", "uptime-kuma", "Uptime-Kuma"])
def test_the_address_of_a_type_takes_each_spelling(client, spelled):
    integration = make_integration("uptime-kuma", service=make_service())
    body = find("uptime-kuma").sample("open").body

    assert typed(client, integration, spelled, json.dumps(body)).status_code == 202
    assert typed(client, integration, "DATADOG", json.dumps(body)).status_code == 404
    assert work() == 1
    assert Alert.objects.count() == 1


@pytest.mark.parametrize(
    ("type_", "samples"),
    [
        ("APPDYNAMICS", ("open-opsknight", "close-opsknight")),
        ("ELASTIC", ("open-opsknight", "close-opsknight")),
        ("BETTER_UPTIME", ("open-opsknight", "close-opsknight")),
        ("GITLAB", ("open-alert", "close-alert")),
        ("GITLAB", ("open-alert-opsknight", "close-alert-opsknight")),
    ],
)
def test_a_body_of_the_guide_opens_and_its_end_closes(client, type_, samples):
    template = find(type_)
    integration = make_integration(template.slug, service=make_service())
    opens, closes = (json.dumps(template.sample(name).body) for name in samples)

    assert typed(client, integration, type_, opens).status_code == 202
    work()
    was_open = Alert.objects.get().closed_at is None
    assert typed(client, integration, type_, closes).status_code == 202
    work()

    assert was_open
    assert Alert.objects.get().closed_at is not None
    assert log() == ["Mapped (opened)", "Mapped (closed)"]
