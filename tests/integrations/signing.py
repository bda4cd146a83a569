"""Senders that sign, for tests: each computes its proof by itself, from its vendor's words."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime

SECRET = "s3cret"


def digest(key, *texts, algorithm="sha256"):
    content = b"".join(text if isinstance(text, bytes) else text.encode() for text in texts)
    key = key if isinstance(key, bytes) else key.encode()
    return hmac.new(key, content, getattr(hashlib, algorithm)).digest()


def hexed(*args, **options):
    return digest(*args, **options).hex()


def b64(*args, **options):
    return base64.b64encode(digest(*args, **options)).decode()


def jws(key, claims, alg="HS256"):
    parts = [json.dumps({"alg": alg, "typ": "JWT"}), json.dumps(claims)]
    signed = ".".join(_unpadded(part.encode()) for part in parts)
    return f"{signed}.{_unpadded(digest(key, signed))}"


def _unpadded(content):
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


# By provider: the headers for a secret, a body and a time in seconds.
SENDERS = {
    "bitbucket": lambda k, b, t: {"X-Hub-Signature": "sha256=" + hexed(k, b)},
    "buildkite": lambda k, b, t: {
        "X-Buildkite-Signature": f"timestamp={t},signature={hexed(k, f'{t}.', b)}"
    },
    "buildkite-token": lambda k, b, t: {"X-Buildkite-Token": k},
    "checkly": lambda k, b, t: {"x-checkly-signature": hexed(k, b)},
    "circleci": lambda k, b, t: {"circleci-signature": f"v2=abc,v1={hexed(k, b)}"},
    "clickup": lambda k, b, t: {"X-Signature": hexed(k, b)},
    "cloudflare": lambda k, b, t: {"cf-webhook-auth": k},
    "cloudsmith": lambda k, b, t: {
        "X-Cloudsmith-Signature": "sha1=" + hexed(k, b, algorithm="sha1")
    },
    "dbt-cloud": lambda k, b, t: {"Authorization": hexed(k, b)},
    "disruptive-technologies": lambda k, b, t: {
        "X-Dt-Signature": jws(k, {"checksum": hashlib.sha1(b).hexdigest(), "exp": t + 60})
    },
    "expo": lambda k, b, t: {"expo-signature": "sha1=" + hexed(k, b, algorithm="sha1")},
    "firehydrant": lambda k, b, t: {"fh-signature": hexed(k, b)},
    "fivetran": lambda k, b, t: {"X-Fivetran-Signature-256": hexed(k, b).upper()},
    "flux": lambda k, b, t: {"X-Signature": "sha256=" + hexed(k, b)},
    "front": lambda k, b, t: {"X-Front-Signature": b64(k, b, algorithm="sha1")},
    "generic": lambda k, b, t: {"X-Signature": "sha256=" + hexed(k, b)},
    "gitea": lambda k, b, t: {"X-Gitea-Signature": hexed(k, b)},
    "github": lambda k, b, t: {"X-Hub-Signature-256": "sha256=" + hexed(k, b)},
    "gitlab": lambda k, b, t: {"X-Gitlab-Token": k},
    "grafana": lambda k, b, t: {
        "X-Grafana-Alerting-Signature": hexed(k, f"{t}:", b),
        "X-Grafana-Alerting-Timestamp": f"{t}",
    },
    "help-scout": lambda k, b, t: {"X-HelpScout-Signature": b64(k, b, algorithm="sha1")},
    "heroku": lambda k, b, t: {"Heroku-Webhook-Hmac-SHA256": b64(k, b)},
    "honeybadger": lambda k, b, t: {"Honeybadger-Token": k},
    "honeycomb": lambda k, b, t: {"X-Honeycomb-Webhook-Token": k},
    "intercom": lambda k, b, t: {"X-Hub-Signature": "sha1=" + hexed(k, b, algorithm="sha1")},
    "jira": lambda k, b, t: {"X-Hub-Signature": "sha256=" + hexed(k, b)},
    "launchdarkly": lambda k, b, t: {"X-LD-Signature": hexed(k, b)},
    "linear": lambda k, b, t: {"Linear-Signature": hexed(k, b)},
    "memfault": lambda k, b, t: {"X-Signature-SHA256": hexed(k, b)},
    "mist": lambda k, b, t: {"X-Mist-Signature-v2": hexed(k, b)},
    "mongodb-atlas": lambda k, b, t: {"X-MMS-Signature": b64(k, b, algorithm="sha1")},
    "netbox": lambda k, b, t: {"X-Hook-Signature": hexed(k, b, algorithm="sha512")},
    "netlify": lambda k, b, t: {
        "X-Webhook-Signature": jws(k, {"iss": "netlify", "sha256": hashlib.sha256(b).hexdigest()})
    },
    "oh-dear": lambda k, b, t: {"OhDear-Signature": hexed(k, b)},
    "oneuptime": lambda k, b, t: {"X-OneUptime-Signature": "sha256=" + hexed(k, b)},
    "openproject": lambda k, b, t: {"X-OP-Signature": "sha1=" + hexed(k, b, algorithm="sha1")},
    "pagerduty": lambda k, b, t: {
        "X-PagerDuty-Signature": f"v1={hexed('older', b)},v1={hexed(k, b)}"
    },
    "peekaping": lambda k, b, t: {
        "X-Webhook-Signature": "sha256=" + hexed(k, f"{t}.", b),
        "X-Webhook-Timestamp": f"{t}",
    },
    "planetscale": lambda k, b, t: {"X-PlanetScale-Signature": hexed(k, b)},
    "rootly": lambda k, b, t: {"X-Rootly-Signature": f"t={t},v1={hexed(k, f'{t}', b)}"},
    "samsara": lambda k, b, t: {
        "X-Samsara-Signature": "v1=" + hexed(base64.b64decode(k), f"v1:{t}:", b),
        "X-Samsara-Timestamp": f"{t}",
    },
    "semaphore": lambda k, b, t: {"X-Semaphore-Signature-256": "sha256=" + hexed(k, b)},
    "semgrep": lambda k, b, t: {"X-Semgrep-Signature-256": hexed(k, b)},
    "sentry": lambda k, b, t: {"Sentry-Hook-Signature": hexed(k, b)},
    "servicenow": lambda k, b, t: {"X-Webhook-Secret": k},
    "shopify": lambda k, b, t: {"X-Shopify-Hmac-Sha256": b64(k, b)},
    "shortcut": lambda k, b, t: {"Payload-Signature": hexed(k, b)},
    "slack": lambda k, b, t: {
        "X-Slack-Signature": "v0=" + hexed(k, f"v0:{t}:", b),
        "X-Slack-Request-Timestamp": f"{t}",
    },
    "snyk": lambda k, b, t: {"X-Hub-Signature": "sha256=" + hexed(k, b)},
    "sonarqube": lambda k, b, t: {"X-Sonar-Webhook-HMAC-SHA256": hexed(k, b)},
    "spacelift": lambda k, b, t: {"X-Signature-256": "sha256=" + hexed(k, b)},
    "splunk-observability": lambda k, b, t: {"X-SFX-Signature": b64(k, b)},
    "standard-webhooks": lambda k, b, t: {
        "webhook-id": "msg_1",
        "webhook-timestamp": f"{t}",
        "webhook-signature": "v1,b2xk v1,"
        + b64(base64.b64decode(k.removeprefix("whsec_")), f"msg_1.{t}.", b),
    },
    "statsignal": lambda k, b, t: {"X-Statsignal-Hmac-Sha256": b64(k, b)},
    "stripe": lambda k, b, t: {"Stripe-Signature": f"t={t},v0=x,v1={hexed(k, f'{t}.', b)}"},
    "taiga": lambda k, b, t: {"X-TAIGA-WEBHOOK-SIGNATURE": hexed(k, b, algorithm="sha1")},
    "teams": lambda k, b, t: {"Authorization": "HMAC " + b64(base64.b64decode(k), b)},
    "terraform": lambda k, b, t: {"X-TFE-Notification-Signature": hexed(k, b, algorithm="sha512")},
    "trello": lambda k, b, t: {"X-Trello-Webhook": b64(k, b, URL, algorithm="sha1")},
    "twilio": lambda k, b, t: {"X-Twilio-Signature": b64(k, f"{URL}{FIELDS}", algorithm="sha1")},
    "vercel": lambda k, b, t: {"x-vercel-signature": hexed(k, b, algorithm="sha1")},
    "verkada": lambda k, b, t: {"Verkada-Signature": f"{t}|{hexed(k, b, f'|{t}')}"},
    "zammad": lambda k, b, t: {"X-Hub-Signature": "sha1=" + hexed(k, b, algorithm="sha1")},
    "zendesk": lambda k, b, t: {
        "X-Zendesk-Webhook-Signature": b64(k, iso(t), b),
        "X-Zendesk-Webhook-Signature-Timestamp": iso(t),
    },
}
URL = "https://ops.example/POSTAlert/token/it?x=1"
FORM = b"Level=ERROR&AccountSid=AC1&Payload=%7B%22a%22%3A1%7D"
FIELDS = 'AccountSidAC1LevelERRORPayload{"a":1}'
BASE64_KEYS = {
    "samsara": "czNjcmV0LWtleQ==",
    "standard-webhooks": "whsec_czNjcmV0LWtleQ==",
    "teams": "czNjcmV0LWtleQ==",
}
TOKENS = ("buildkite-token", "cloudflare", "gitlab", "honeybadger", "honeycomb", "servicenow")
TIMED = ("buildkite", "grafana", "peekaping", "rootly", "samsara", "slack", "standard-webhooks",
         "stripe", "verkada", "zendesk")  # fmt: skip


def iso(seconds):
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def secret_for(provider):
    """A secret in the form in which the provider hands it out."""
    return BASE64_KEYS.get(provider, SECRET)
