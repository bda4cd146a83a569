"""Signature schemes of the known providers."""

from integrations.signatures.non_hmac import BodyInUrl, Jws, TokenInBody
from opsportal.lib.signatures.hmac_scheme import FIRST, Signer
from opsportal.lib.signatures.sns import Sns
from opsportal.lib.signatures.standard_webhooks import STANDARD_WEBHOOKS

Provider = Signer | Jws | Sns | TokenInBody


def _hex(label: str, *headers: str, prefix: str = "", algorithm: str = "sha256") -> Signer:
    return Signer(label, headers, algorithm, prefix=prefix)


def _base64(label: str, header: str, algorithm: str = "sha256") -> Signer:
    return Signer(label, (header,), algorithm, "base64")


def _token(label: str, header: str) -> Signer:
    return Signer(label, (header,), "token")


PROVIDERS: dict[str, Provider] = {
    "generic": _hex("Generic", "X-Signature", "X-Webhook-Signature", prefix="sha256="),
    "standard-webhooks": STANDARD_WEBHOOKS,
    "sns": Sns(),
    # The same header, with three ways to fill it.
    "bitbucket": _hex("Bitbucket", "X-Hub-Signature", prefix="sha256="),
    "intercom": _hex("Intercom", "X-Hub-Signature", prefix="sha1=", algorithm="sha1"),
    "jira": _hex("Jira", "X-Hub-Signature", prefix="sha256="),
    "snyk": _hex("Snyk", "X-Hub-Signature", prefix="sha256="),
    "zammad": _hex("Zammad", "X-Hub-Signature", prefix="sha1=", algorithm="sha1"),
    "buildkite": Signer(
        "Buildkite",
        ("X-Buildkite-Signature",),
        prefix="signature=",
        separator=",",
        signed="{timestamp}.{body}",
        timestamp_part="timestamp",
    ),
    "buildkite-token": _token("Buildkite (token)", "X-Buildkite-Token"),
    "checkly": _hex("Checkly", "X-Checkly-Signature"),
    "circleci": Signer("CircleCI", ("circleci-signature",), prefix="v1=", separator=","),
    "clickup": _hex("ClickUp", "X-Signature"),
    "cloudflare": _token("Cloudflare", "cf-webhook-auth"),
    "cloudsmith": _hex("Cloudsmith", "X-Cloudsmith-Signature", prefix="sha1=", algorithm="sha1"),
    "dbt-cloud": _hex("dbt Cloud", "Authorization"),
    "disruptive-technologies": Jws(
        "Disruptive Technologies", ("X-Dt-Signature",), "checksum", "sha1"
    ),
    "expo": _hex("Expo", "expo-signature", prefix="sha1=", algorithm="sha1"),
    "firehydrant": _hex("FireHydrant", "fh-signature"),
    "fivetran": _hex("Fivetran", "X-Fivetran-Signature-256"),
    "flux": _hex("Flux", "X-Signature", prefix="sha256="),
    "front": _base64("Front (rules)", "X-Front-Signature", "sha1"),
    "gitea": _hex("Gitea, Forgejo", "X-Gitea-Signature"),
    "github": _hex("GitHub", "X-Hub-Signature-256", prefix="sha256="),
    "gitlab": _token("GitLab", "X-Gitlab-Token"),
    # Both header names are free in Grafana: these are its default and the ones in use.
    "grafana": Signer(
        "Grafana",
        ("X-Grafana-Alerting-Signature", "X-Grafana-Signature"),
        signed="{timestamp}:{body}",
        timestamp_headers=(
            "X-Grafana-Alerting-Timestamp",
            "X-Grafana-Alerting-Signature-Timestamp",
            "X-Grafana-Timestamp",
        ),
        may_lack_timestamp=True,
    ),
    "help-scout": _base64("Help Scout", "X-HelpScout-Signature", "sha1"),
    "heroku": _base64("Heroku", "Heroku-Webhook-Hmac-SHA256"),
    "honeybadger": _token("Honeybadger", "Honeybadger-Token"),
    "honeycomb": _token("Honeycomb", "X-Honeycomb-Webhook-Token"),
    "launchdarkly": _hex("LaunchDarkly", "X-LD-Signature"),
    "linear": Signer("Linear", ("Linear-Signature",), timestamp_field="webhookTimestamp"),
    "memfault": _hex("Memfault", "X-Signature-SHA256"),
    "meraki": TokenInBody("Cisco Meraki", "sharedSecret"),
    "mist": _hex("Juniper Mist", "X-Mist-Signature-v2"),
    "mongodb-atlas": _base64("MongoDB Atlas", "X-MMS-Signature", "sha1"),
    "netbox": _hex("NetBox", "X-Hook-Signature", algorithm="sha512"),
    "netlify": Jws("Netlify", ("X-Webhook-Signature",), "sha256"),
    "oh-dear": _hex("Oh Dear", "OhDear-Signature"),
    "oneuptime": _hex("OneUptime", "X-OneUptime-Signature", prefix="sha256="),
    "openproject": _hex("OpenProject", "X-OP-Signature", prefix="sha1=", algorithm="sha1"),
    "pagerduty": Signer(
        "PagerDuty (webhooks v3)", ("X-PagerDuty-Signature",), prefix="v1=", separator=","
    ),
    "peekaping": Signer(
        "Peekaping",
        ("X-Webhook-Signature",),
        prefix="sha256=",
        signed="{timestamp}.{body}",
        timestamp_headers=("X-Webhook-Timestamp",),
    ),
    "planetscale": _hex("PlanetScale", "X-PlanetScale-Signature"),
    "rocketchat": TokenInBody("Rocket.Chat", "token"),
    "rootly": Signer(
        "Rootly",
        ("X-Rootly-Signature",),
        prefix="v1=",
        separator=",",
        signed="{timestamp}{body}",
        timestamp_part="t",
    ),
    "samsara": Signer(
        "Samsara",
        ("X-Samsara-Signature",),
        prefix="v1=",
        signed="v1:{timestamp}:{body}",
        key="base64",
        timestamp_headers=("X-Samsara-Timestamp",),
    ),
    "semaphore": _hex("Semaphore CI", "X-Semaphore-Signature-256", prefix="sha256="),
    "semgrep": _hex("Semgrep", "X-Semgrep-Signature-256"),
    "sentry": _hex("Sentry", "Sentry-Hook-Signature"),
    "servicenow": _token("ServiceNow", "X-Webhook-Secret"),
    "shopify": _base64("Shopify", "X-Shopify-Hmac-Sha256"),
    "shortcut": _hex("Shortcut", "Payload-Signature"),
    "slack": Signer(
        "Slack",
        ("X-Slack-Signature",),
        prefix="v0=",
        signed="v0:{timestamp}:{body}",
        timestamp_headers=("X-Slack-Request-Timestamp",),
    ),
    "sonarqube": _hex("SonarQube", "X-Sonar-Webhook-HMAC-SHA256"),
    "spacelift": _hex("Spacelift", "X-Signature-256", prefix="sha256="),
    "splunk-observability": _base64("Splunk Observability", "X-SFX-Signature"),
    "statuscake": TokenInBody("StatusCake", "Token"),
    "statsignal": _base64("StatSignal", "X-Statsignal-Hmac-Sha256"),
    "stripe": Signer(
        "Stripe",
        ("Stripe-Signature",),
        prefix="v1=",
        separator=",",
        signed="{timestamp}.{body}",
        timestamp_part="t",
    ),
    "taiga": _hex("Taiga", "X-TAIGA-WEBHOOK-SIGNATURE", algorithm="sha1"),
    "teams": Signer(
        "Microsoft Teams",
        ("Authorization",),
        encoding="base64",
        prefix="HMAC ",
        key="base64",
        timestamp_field="timestamp",
    ),
    "terraform": _hex("HCP Terraform", "X-TFE-Notification-Signature", algorithm="sha512"),
    "trello": Signer("Trello", ("X-Trello-Webhook",), "sha1", "base64", signed="{body}{url}"),
    "twilio": BodyInUrl(
        "Twilio", ("X-Twilio-Signature",), "sha1", "base64", signed="{url}{fields}"
    ),
    "vercel": _hex("Vercel", "X-Vercel-Signature", algorithm="sha1"),
    "verkada": Signer(
        "Verkada",
        ("Verkada-Signature",),
        separator="|",
        signed="{body}|{timestamp}",
        timestamp_part=FIRST,
    ),
    "zendesk": Signer(
        "Zendesk",
        ("X-Zendesk-Webhook-Signature",),
        encoding="base64",
        signed="{timestamp}{body}",
        timestamp_headers=("X-Zendesk-Webhook-Signature-Timestamp",),
    ),
}
